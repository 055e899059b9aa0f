"""The panel of every page that trains: buttons, images, losses, downloads, code.

May import pages.shared.app, components, controls and the glossary.
"""
