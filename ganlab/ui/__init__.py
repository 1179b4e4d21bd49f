"""The screen: the only package with streamlit. Pages ask the service and draw; nothing is computed here."""
