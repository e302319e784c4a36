"""The page that adapts a network to a camera, step by step; a module for each step."""
