"""Systems that versions live in: how one is killed there, and how its death is seen."""
