"""Figures from arrays and records: HTML, SVG and Vega-Lite charts, which know neither Streamlit nor Keras.

May import everything below but `aecore.pretrain`. Text takes the colour of the page around it (currentColor), so that
one figure serves light and dark.
"""
