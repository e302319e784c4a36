"""What `engine.backbones.download` is made of."""
