"""Recognises how a folder keeps its LR and HR: published data sets, and folders people make."""
