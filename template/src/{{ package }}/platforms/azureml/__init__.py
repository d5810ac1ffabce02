"""The project on Azure Machine Learning. The frame beside it finds the words here."""
