"""The whole configuration as one readable file: export, differences in words, apply all of it or nothing."""
