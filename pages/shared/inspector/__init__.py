"""The inside of a convolutional network, layer by layer. May import pages.shared.app, components, pickers and url."""
