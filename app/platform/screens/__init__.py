"""The generated screens: views, lists, forms, detail pages, and the guard before each of them."""
