"""What git and one stack's state cannot hold: what spans stacks, in one database."""
