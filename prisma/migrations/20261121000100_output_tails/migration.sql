-- What people and results documents are shown of an output. The whole of one may be a quarter of a megabyte, a run has hundreds of
-- them, and a gateway reads them for each client that comes: the end is stored beside it instead of being cut from it each time.
ALTER TABLE verifications
  ADD COLUMN output_tail text NOT NULL GENERATED ALWAYS AS (right(output, 4000)) STORED;
