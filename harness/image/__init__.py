"""Images: catalogue, builds, content hashes."""
