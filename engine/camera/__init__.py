"""What a camera does to a picture, learnt from its photos alone, and done again to sharp ones."""
