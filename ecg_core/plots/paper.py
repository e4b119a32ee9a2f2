"""ECG paper in figures: 25 mm/s and 10 mm/mV, so that 1 mV is as high as 0.4 s is wide."""

DESIGN_WIDTH_PX = 976  # the main column of a 1440 px wide window; used until the real width is known
MARGIN_PX = 62  # at the left of the signal
MV_PER_S = 0.4  # 1 mV is 10 mm high, 1 s is 25 mm wide
LARGE_BOX_MV = 0.5
