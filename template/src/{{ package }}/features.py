"""From columns to numbers. One code path for training and serving. Yours to edit."""

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def build(frame: pd.DataFrame) -> pd.DataFrame:
    """Derive features row by row: `frame.assign(ratio=frame["a"] / frame["b"])`, say.

    Numbers and booleans come as floats, text as objects; what is absent is NaN.
    """
    return frame


def preprocessor(train: pd.DataFrame) -> ColumnTransformer:
    """What is learned from the built training rows alone: medians, scales, categories."""
    numbers = list(train.select_dtypes(include="number"))
    categories = [name for name in train if name not in numbers]
    # An absent number leaves its trace in a column of its own; an unseen category counts as rare.
    median = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    number = make_pipeline(median, StandardScaler())
    missing = SimpleImputer(strategy="constant", fill_value="missing")
    unseen = {"handle_unknown": "infrequent_if_exist", "max_categories": 30}
    category = make_pipeline(missing, OneHotEncoder(sparse_output=False, **unseen))
    return ColumnTransformer([("number", number, numbers), ("category", category, categories)])
