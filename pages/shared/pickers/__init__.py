"""Where the images of a lesson come from. May import pages.shared.app and components."""
