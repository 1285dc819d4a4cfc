"""Series: many pictures from one order, priced before it starts."""
