"""Options that several commands share; their help texts are in the catalogue by parameter name."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "CashOption",
    "DataOption",
    "DateOption",
    "DaysOption",
    "FeesOption",
    "FilesOption",
    "FromOption",
    "InstrumentOption",
    "InstrumentsOption",
    "IntervalOption",
    "JsonOption",
    "LatencyOption",
    "LoopOption",
    "MarginOption",
    "MatchingOption",
    "PlotOption",
    "ProfileOption",
    "QueueModelOption",
    "RecordOption",
    "ReportOption",
    "RollsOption",
    "SecondsOption",
    "SeedOption",
    "SetOption",
    "SpeedOption",
    "StrategyArgument",
    "SyntheticOption",
    "ToOption",
    "TradesOption",
]

StrategyArgument = Annotated[str, typer.Argument(metavar="STRATEGY", show_default=False)]
JsonOption = Annotated[bool, typer.Option("--json")]
DateOption = Annotated[int | None, typer.Option("--date", metavar="YYYYMMDD", show_default=False)]
SeedOption = Annotated[int | None, typer.Option("--seed", metavar="N", show_default=False)]
SecondsOption = Annotated[
    float | None, typer.Option("--seconds", metavar="N", min=0.1, show_default=False)
]
SpeedOption = Annotated[float, typer.Option("--speed", metavar="X", min=0.0)]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", show_default=False)
]
CashOption = Annotated[str | None, typer.Option("--cash", metavar="AMOUNT", show_default=False)]
InstrumentOption = Annotated[
    str | None, typer.Option("--instrument", "-i", metavar="ID", show_default=False)
]
InstrumentsOption = Annotated[
    list[str] | None, typer.Option("--instrument", "-i", metavar="ID", show_default=False)
]
ProfileOption = Annotated[str | None, typer.Option("--profile", metavar="NAME", show_default=False)]
IntervalOption = Annotated[str | None, typer.Option("--interval", metavar="1m", show_default=False)]
DataOption = Annotated[list[Path], typer.Option("--data", "-d", metavar="FILE", show_default=False)]
FilesOption = Annotated[
    list[Path] | None, typer.Option("--data", "-d", metavar="FILE", show_default=False)
]
FeesOption = Annotated[str | None, typer.Option("--fees", metavar="SPEC", show_default=False)]
MarginOption = Annotated[str | None, typer.Option("--margin", metavar="SPEC", show_default=False)]
MatchingOption = Annotated[
    str | None, typer.Option("--matching", metavar="NAME", show_default=False)
]
QueueModelOption = Annotated[
    str | None, typer.Option("--queue-model", metavar="NAME", show_default=False)
]
LatencyOption = Annotated[
    float | None, typer.Option("--latency-ms", metavar="MS", min=0.0, show_default=False)
]
SyntheticOption = Annotated[bool, typer.Option("--synthetic")]
DaysOption = Annotated[int | None, typer.Option("--days", metavar="N", min=1, show_default=False)]
LoopOption = Annotated[bool, typer.Option("--loop")]
RollsOption = Annotated[
    list[str] | None, typer.Option("--rolls", metavar="[SERIES=]FILE", show_default=False)
]
FundingOption = Annotated[
    list[str] | None,
    typer.Option("--funding", metavar="[INSTRUMENT=]FILE", show_default=False),
]
ReportOption = Annotated[
    Path | None, typer.Option("--report", metavar="FILE.html", show_default=False)
]
PlotOption = Annotated[bool, typer.Option("--plot")]
RecordOption = Annotated[Path | None, typer.Option("--record", metavar="STORE", show_default=False)]
FromOption = Annotated[str | None, typer.Option("--from", metavar="TIME", show_default=False)]
ToOption = Annotated[str | None, typer.Option("--to", metavar="TIME", show_default=False)]
TradesOption = Annotated[
    Path | None, typer.Option("--trades", metavar="FILE.csv", show_default=False)
]
