#!/usr/bin/env python3
"""Makes digits.csv.gz and diabetes.csv.gz from the files that scikit-learn 1.9.1 ships, see README.md."""
import gzip
import io
import os

import sklearn

DATA = os.path.join(os.path.dirname(sklearn.__file__), "datasets", "data")
BODY = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")


def lines(name):
    with gzip.open(os.path.join(DATA, name), "rt", encoding="ascii") as f:
        return f.read().split("\n")[:-1]


def plain(number):
    """A number in its shortest form: 7.0 is 7."""
    return "%d" % float(number) if float(number).is_integer() else repr(float(number))


def write(name, header, rows):
    text = io.StringIO()
    for row in [header] + rows:
        text.write(",".join(row) + "\n")
    with open(name, "wb") as f:
        with gzip.GzipFile("", "wb", 9, f, mtime=0) as z:  # no name and no time: the same bytes each time
            z.write(text.getvalue().encode("ascii"))


if __name__ == "__main__":
    pixels = ["pixel_%d_%d" % (i, j) for i in range(8) for j in range(8)]
    write("digits.csv.gz", pixels + ["digit"], [[plain(v) for v in row.split(",")] for row in lines("digits.csv.gz")])
    features, targets = lines("diabetes_data_raw.csv.gz"), lines("diabetes_target.csv.gz")
    rows = [[plain(v) for v in x.split() + y.split()] for x, y in zip(features, targets, strict=True)]
    write("diabetes.csv.gz", list(BODY) + ["progression"], rows)
