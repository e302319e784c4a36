"""The look of the window: colours, style sheet and icons from one file of tokens."""
