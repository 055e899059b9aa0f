"""The same things written the usual way, in plain Keras and Streamlit, to stand beside the app's."""
