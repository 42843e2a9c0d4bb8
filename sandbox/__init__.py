"""A stranger: imitates the providers' APIs over real HTTP, sharing no code with the rest of Splitdesk."""
