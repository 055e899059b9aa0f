"""The core of Autoencoder Explorer: data, models, training and drawing, with no Streamlit anywhere."""
