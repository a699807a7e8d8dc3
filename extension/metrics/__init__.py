"""What a monitoring system reads: what this process did, and how the installation stands."""
