"""What pages share: it knows Streamlit and tells no lesson."""
