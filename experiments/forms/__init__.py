"""What people type, read into plain values, and shown again."""
