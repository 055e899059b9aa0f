"""What several pages share. It knows Streamlit and tells no lesson.

May import every package of the core except training, models and pretrain.
"""
