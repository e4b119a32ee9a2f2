"""What people say of beats: decisions in a log that loses none, the layer of labels they make, files with them."""
