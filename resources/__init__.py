"""What ships with AdaptSR besides code: networks, recipes, icons and styles."""
