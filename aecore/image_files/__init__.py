"""Image files that visitors bring: checked by their headers, then read in grey, the dangerous formats in a sandbox.

May import `aecore.specs` and `aecore.child_process`.
"""
