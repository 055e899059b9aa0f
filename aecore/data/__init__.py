"""The embedded data sets; see README.md here for their sources and licences."""
