"""Stand-ins for the provider plugins that the sandbox's own Pulumi home runs.

They speak Pulumi's provider protocol for exactly the resource types keylife uses, and answer as
the bridged plugins of Terraform providers do. Nothing outside the sandbox knows that they exist.
"""
