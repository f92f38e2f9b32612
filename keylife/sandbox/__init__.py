"""The sandbox: a Vault, an AWS and their provider plugins on this machine, to try and test with."""
