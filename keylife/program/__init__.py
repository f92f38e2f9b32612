"""Plan → Pulumi resources: the edge where keylife meets the Pulumi engine."""
