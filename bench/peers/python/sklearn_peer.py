"""scikit-learn's MLP on the report's jobs. The inputs are float32, in which it then computes, as ours does."""
import numpy as np
import sklearn
from sklearn.datasets import load_digits, make_classification, make_regression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor

import peer


def data(name):
    """The training and validation parts of a job's data."""
    if name == "regression":
        x, y = make_regression(10000, 10, noise=30, random_state=4)
    elif name == "classification":
        x, y = make_classification(10000, 10, n_informative=6, n_classes=3, random_state=0)
    else:
        x, y = load_digits(return_X_y=True)
        x /= 16
    if name == "regression":
        y = y.astype(np.float32)
    return train_test_split(x.astype(np.float32), y, test_size=0.2, random_state=0)


def prepare(request):
    x, xv, y, yv = data(request["prepare"])
    kind = MLPRegressor if request["prepare"] == "regression" else MLPClassifier

    def fit(epochs):
        # All epochs are run; nothing that ours has not: no momentum, no weight decay, no early end.
        model = kind(hidden_layer_sizes=tuple(request["hidden"]), solver=request["opt"], batch_size=request["batch"], learning_rate_init=request["rate"],
                     momentum=0, alpha=0, max_iter=epochs, n_iter_no_change=10**6, tol=0, random_state=0)
        return model.fit(x, y)

    def work(iterations):
        for _ in range(iterations):
            fit(request["epochs"])
    return [fit(request["check_epochs"]).score(xv, yv)], work


peer.serve(prepare, "scikit-learn " + sklearn.__version__)
