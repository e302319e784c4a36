"""Many photos: found, named, planned, and upscaled one after another."""
