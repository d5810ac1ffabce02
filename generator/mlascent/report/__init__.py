"""What people read: words in English and Portuguese, and how results are laid out."""
