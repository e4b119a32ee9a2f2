"""What is taken from strangers' files, and no more: every limit of an import, with its unit."""

from ecg_core.data.header import MAX_SAMPLES

MAX_FILES = 20_000
"""Files in one folder or archive."""
MAX_DEPTH = 20
"""Folders within folders."""
MAX_UNPACKED_BYTES = 8_000_000_000
"""Bytes an archive may unpack to."""
MAX_RATIO = 200
"""Unpacked bytes for each packed one, in what unpacks to more than `RATIO_FROM_BYTES`; recordings have 2 to 20."""
RATIO_FROM_BYTES = 50_000_000
"""A short flat line packs a thousandfold and is no attack: the ratio counts from this size on."""
MAX_NAME_BYTES = 200
"""Of one part of a path in an archive."""
MAX_FILE_BYTES = 4_000_000_000
"""Bytes of one EDF, BDF or table file."""
MAX_RECORD_BYTES = 16_000_000_000
"""Bytes of all files of one WFDB record."""
MAX_EDF_CHANNELS = 512
"""Channels an EDF file may declare, those that are no ECG included."""
MAX_COLUMNS = 256
"""Columns of a table, those that are no ECG included."""
MAX_LINE_BYTES = 1_000_000
"""Bytes of one line of a table."""
MAX_TABLE_VALUES = 500_000_000
"""Numbers of a table: 4 GB as they are read."""
MAX_VALUES = 1_000_000_000
"""Samples of all leads of a recording together: 2 GB in format 16."""
MIN_SAMPLES = 2
"""Fewer have no duration."""
MAX_MV = 10_000.0
"""No electrode gives 10 V: beyond it the unit is another than was said."""
MAX_GAP_FACTOR = 10
"""Time without samples, as a multiple of the time recorded, that is still filled with missing samples."""
MAX_LEADS = 32
"""ECG leads of one EDF file or table: the standard twelve, right and posterior ones and Frank's, with room to spare."""
MAX_LEAD_SAMPLES = MAX_SAMPLES
