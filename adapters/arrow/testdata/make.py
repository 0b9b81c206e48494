"""Makes the files of the tests: tables as pandas, polars and DuckDB write them by default.

With pandas 3.1.1, polars 2.1.0, DuckDB 2.0.1, pyarrow 26.0.1, NumPy 2.4.6:
    python make.py
"""

import datetime

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq

# The table of most files: a gap in each sort of column, and a text that CSV takes for a gap.
size = [1.5, None, 3.25, -0.0, 1e-7, 6.0]
legs = [4, 2, None, 4, 4, 2]
tame = [True, False, True, None, True, False]
kind = ["cat", "bird", "cat", None, "NA", "bird"]
cost = [10.0, 2.0, 12.5, 9.0, 11.0, 3.0]
pets = {"size": size, "legs": legs, "tame": tame, "kind": kind, "cost": cost}

frame = pd.DataFrame(pets)
frame.to_parquet("pandas.parquet")
frame.to_feather("pandas.feather")
# A filter leaves an index with unequal gaps, which becomes a column; one with equal gaps doesn't.
frame.iloc[[0, 1, 4]].to_parquet("pandas_index.parquet")
frame.iloc[[0, 2, 4]].to_parquet("pandas_even.parquet")
frame.set_index("kind").to_parquet("pandas_named_index.parquet")
pd.DataFrame({"kind": pd.Categorical(["b", "a", None, "b"], ["unused", "b", "a"]),
              "code": pd.Categorical([7, 5, 7, 7]),
              "cost": [1.0, 2.0, 3.0, 4.0]}).to_parquet("pandas_categories.parquet")
pd.DataFrame({"kind": pd.Categorical(["b", "a", None, "b"], ["unused", "b", "a"]),
              "code": pd.Categorical([7, 5, 7, 7]),
              "cost": [1.0, 2.0, 3.0, 4.0]}).to_feather("pandas_categories.feather")

table = pl.DataFrame(pets)
table.write_parquet("polars.parquet")
table.write_ipc("polars.arrow")
table.write_ipc_stream("polars.stream")
# polars numbers a Categorical anew in each row group; NaN stays NaN beside null.
pl.DataFrame({"kind": pl.Series(["b", "a", "c", "c", "a", None], dtype=pl.Categorical),
              "fixed": pl.Series(["x", "y", "y", "x", "y", "x"], dtype=pl.Enum(["w", "y", "x"])),
              "size": [1.0, float("nan"), None, 4.0, 5.0, 6.0],
              "cost": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]}).write_parquet(
    "polars_categories.parquet", row_group_size=2)
pl.DataFrame({"kind": pl.Series(["b", "a", "c", "c", "a", None], dtype=pl.Categorical),
              "cost": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]}).write_ipc("polars_categories.arrow")

arrow = pa.table(pets)
db = duckdb.connect()
db.register("pets", arrow)
db.execute("COPY pets TO 'duckdb.parquet' (FORMAT parquet)")
db.execute("COPY (SELECT * FROM pets WHERE size IS NOT NULL AND legs IS NOT NULL AND tame IS NOT "
           "NULL AND kind IS NOT NULL) TO 'duckdb_full.parquet' (FORMAT parquet)")
db.execute("COPY (SELECT kind, sum(legs) AS legs, sum(cost::DECIMAL(9, 2)) AS cost FROM pets "
           "WHERE kind IS NOT NULL GROUP BY kind ORDER BY kind) "
           "TO 'duckdb_sums.parquet' (FORMAT parquet)")

# Times: µs by default, ns, INT96, days, and a duration, which Parquet has no type for.
when = [datetime.datetime(2020, 1, 1), datetime.datetime(1969, 12, 31, 12),
        datetime.datetime(2200, 6, 1)]
times = pa.table({"at": pa.array(when, pa.timestamp("us")),
                  "ns": pa.array(when, pa.timestamp("ns")),
                  "day": pa.array([w.date() for w in when]),
                  "took": pa.array([1, 2, 3], pa.duration("ms")), "cost": [1.0, 2.0, 3.0]})
pq.write_table(times, "times.parquet")
late = pa.array([datetime.datetime(2300, 1, 1)] * 2, pa.timestamp("us"))
pq.write_table(pa.table({"at": late, "cost": [1.0, 2.0]}), "int96.parquet",
               use_deprecated_int96_timestamps=True)

# Embeddings: the width is only in ARROW:schema, which the other list lacks.
rows = np.arange(6, dtype=np.float32).reshape(3, 2)
wide = pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), 2)
pq.write_table(pa.table({"v": wide, "cost": [1.0, 2.0, 3.0]}), "embedding.parquet")
pq.write_table(pa.table({"v": pa.array(rows.tolist()), "cost": [1.0, 2.0, 3.0]}), "list.parquet")
cube = pa.FixedShapeTensorArray.from_numpy_ndarray(
    np.arange(12, dtype=np.float32).reshape(2, 3, 2))
turned = pa.ExtensionArray.from_storage(
    pa.fixed_shape_tensor(pa.float32(), [3, 2], permutation=[1, 0]), cube.storage)
pa.feather.write_feather(pa.table({"cube": cube, "turned": turned}), "tensors.feather")

pq.write_table(arrow, "lz4.parquet", compression="lz4")
pq.write_table(arrow, "zstd.parquet", compression="zstd")
pq.write_table(arrow, "brotli.parquet", compression="brotli")

# Checksums of pages, which none of the programs writes by default; what is no table to learn from.
long = {name: values * 50 for name, values in pets.items()}
pq.write_table(pa.table(long), "checksums.parquet", write_page_checksum=True, row_group_size=200,
               data_page_size=256, use_dictionary=["kind"])
pq.write_table(pa.table(long), "checksums2.parquet", write_page_checksum=True,
               data_page_version="2.0", compression="zstd")
frame.iloc[:0].to_parquet("no_rows.parquet")
frame[["cost"]].to_parquet("one_column.parquet")
pq.write_table(pa.table([pa.array(cost), pa.array(size), pa.array(cost)], ["a", "a", "cost"]),
               "repeated.parquet")
latin = pa.StringArray.from_buffers(2, pa.py_buffer(np.array([0, 1, 3], np.int32)),
                                    pa.py_buffer(b"as\xfc"))
pq.write_table(pa.table({"size": ["1,5", "2,5"], "word": latin, "cost": [1.0, 2.0]}),
               "europe.parquet")

# A stream may put another dictionary in the place of the first, or extend it.
for name, second in [("replaced", ["z", "a"]), ("delta", ["a", "b", "z"])]:
    of = pa.dictionary(pa.int8(), pa.string())
    schema = pa.schema([("kind", of), ("cost", pa.float64())])
    options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=name == "delta")
    with pa.ipc.new_stream(name + ".stream", schema, options=options) as w:
        for words, start in [(["a", "b"], 0.0), (second, 2.0)]:
            codes = pa.array([0, len(words) - 1], pa.int8())
            w.write_batch(pa.record_batch([pa.DictionaryArray.from_arrays(codes, words),
                                           [start, start + 1]], schema=schema))

# Feather's batches hold 65,536 rows by default; a column's values go on in the next one.
count = 2 * 65_536 + 3
row = np.arange(count)
pd.DataFrame({"a": (row % 100).astype(np.int8), "kind": pd.Categorical.from_codes(row % 2, ["x", "y"]),
              "cost": (row // 65_536).astype(np.int8)}).to_feather("batches.feather",
                                                                   compression="zstd")

# Zones are how times are shown: 12:00 in Tokyo is 03:00 of UTC. polars has texts as string views,
# pandas as large strings, DuckDB decimals, and each of them columns with values within.
noon = [datetime.datetime(1970, 1, 2, 12), None, datetime.datetime(1970, 1, 3, 12)]
pd.DataFrame({"at": pd.Series(noon, dtype="datetime64[us]").dt.tz_localize("Asia/Tokyo"),
              "word": pd.array(["b", None, "a"], dtype="string[pyarrow]"),
              "cost": [1.0, 2.0, 3.0]}).to_parquet("pandas_zone.parquet")
pl.DataFrame({"at": pl.Series(noon).dt.replace_time_zone("Asia/Tokyo"), "word": ["b", None, "a"],
              "within": [{"x": 1}, {"x": 2}, None], "cost": [1.0, 2.0, 3.0]}).write_ipc(
    "polars_zone.arrow")
db.execute("SET TimeZone = 'UTC'")
db.execute("""COPY (SELECT TIMESTAMPTZ '1970-01-02 12:00:00+09' AS at, 'b' AS word,
    {'x': 1} AS within, 1.25::DECIMAL(38, 2) AS cost UNION ALL
    SELECT NULL, NULL, NULL, -2.5 UNION ALL
    SELECT TIMESTAMPTZ '1970-01-03 12:00:00+09', 'a', {'x': 3}, 30)
    TO 'duckdb_zone.parquet' (FORMAT parquet)""")
