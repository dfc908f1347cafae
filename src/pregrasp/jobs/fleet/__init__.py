"""Many independent pieces of work, shared by processes of this machine or of a Ray cluster."""
