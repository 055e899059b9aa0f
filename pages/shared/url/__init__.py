"""Reading and writing a page's link. May import pages.shared.app."""
