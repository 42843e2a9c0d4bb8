"""Pages of people: the way in, one's account, the members of a workspace."""
