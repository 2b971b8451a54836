"""Windows, parts of the day, amounts of time, weeks, months and feasts, as German callers say it.

Words of our own, said on Tuesday 24 November 2026 at 9:20. A line is what was said, its start and
its end (exclusive): `-` none, `*` not asked.
"""

import datetime as dt

import pytest

from domain.intent import read_time

NOW = dt.datetime(2026, 11, 24, 9, 20)  # noqa: DTZ001 - wall time is what is read

SAID = """
    Montag, Dienstag oder Mittwoch | 2026-11-30 | *
    nächste Woche ab Mittwoch | 2026-12-02 | -
    die Woche nach Ostern | 2027-03-29 | *
    zwischen zehn und zwölf | 2026-11-24T10:00 | 2026-11-24T12:00
    morgen zwischen 10 und 12 Uhr | 2026-11-25T10:00 | 2026-11-25T12:00
    morgen von 10 bis 12 | 2026-11-25T10:00 | 2026-11-25T12:00
    morgen 10-12 Uhr | 2026-11-25T10:00 | 2026-11-25T12:00
    morgen 10 bis 12 Uhr | 2026-11-25T10:00 | 2026-11-25T12:00
    morgen von zehn bis halb zwölf | 2026-11-25T10:00 | 2026-11-25T11:30
    Freitag von halb drei bis vier | 2026-11-27T14:30 | 2026-11-27T16:00
    am Freitag zwischen zwei und vier Uhr nachmittags | 2026-11-27T14:00 | 2026-11-27T16:00
    Freitag zwischen 14 und 16 Uhr | 2026-11-27T14:00 | 2026-11-27T16:00
    Freitag 14:00-16:00 | 2026-11-27T14:00 | 2026-11-27T16:00
    Freitag 14:00 - 16:00 Uhr | 2026-11-27T14:00 | 2026-11-27T16:00
    Freitag von 14.30 bis 16.00 Uhr | 2026-11-27T14:30 | 2026-11-27T16:00
    zwischen 8 und 9 Uhr morgens | 2026-11-25T08:00 | 2026-11-25T09:00
    ab halb sechs | 2026-11-24T17:30 | -
    morgen ab 15 Uhr | 2026-11-25T15:00 | -
    ab morgen 15 Uhr | 2026-11-25T15:00 | -
    ab Freitag | 2026-11-27 | -
    ab dem 3. Dezember | 2026-12-03 | -
    ab nächster Woche | 2026-11-30 | -
    erst ab Donnerstag | 2026-11-26 | -
    nicht vor Donnerstag | 2026-11-26 | -
    morgen nicht vor zehn | 2026-11-25T10:00 | -
    frühestens um vier | 2026-11-24T16:00 | -
    frühestens am Freitag | 2026-11-27 | -
    morgen frühestens um vier | 2026-11-25T16:00 | -
    morgen nach 16 Uhr | 2026-11-25T16:00 | -
    morgen nach vier | 2026-11-25T16:00 | -
    morgen nach halb fünf | 2026-11-25T16:30 | -
    morgen ab vier Uhr nachmittags | 2026-11-25T16:00 | -
    morgen erst ab zehn | 2026-11-25T10:00 | -
    morgen nicht vor 10 Uhr | 2026-11-25T10:00 | -
    erst nach siebzehn Uhr | 2026-11-24T17:00 | -
    ab dem Nachmittag | 2026-11-24T12:00 | -
    ab 17:30 | 2026-11-24T17:30 | -
    ab zehn Uhr aufwärts | 2026-11-24T10:00 | -
    ab Mittag | 2026-11-24T12:00 | -
    ab Mitte Dezember | 2026-12-11 | -
    ab Januar | 2027-01-01 | -
    nach dem 10. Dezember | 2026-12-10 | -
    bis zwölf Uhr | - | 2026-11-24T12:00
    bis spätestens 12 Uhr | - | 2026-11-24T12:00
    spätestens um zwölf | - | 2026-11-24T12:00
    morgen bis 12 | - | 2026-11-25T12:00
    morgen vor zwölf | - | 2026-11-25T12:00
    morgen spätestens um elf | - | 2026-11-25T11:00
    vor 11 Uhr | - | 2026-11-24T11:00
    morgen bis spätestens elf | - | 2026-11-25T11:00
    bis Freitag | - | *
    spätestens Freitag | - | *
    bis Ende der Woche | - | *
    nicht später als 17 Uhr | - | 2026-11-24T17:00
    nicht nach 17 Uhr | - | 2026-11-24T17:00
    vom 3. bis 5. Dezember | 2026-12-03 | *
    vom dritten bis zum fünften Dezember | 2026-12-03 | *
    von Montag bis Mittwoch | 2026-11-30 | *
    Montag bis Mittwoch | 2026-11-30 | *
    zwischen Montag und Mittwoch | 2026-11-30 | *
    zwischen dem 3. und dem 5. Dezember | 2026-12-03 | *
    3. bis 5.12. | 2026-12-03 | *
    vom 3.12. bis 5.12. | 2026-12-03 | *
    vom 3.12. bis zum 5.12. | 2026-12-03 | *
    3.-5. Dezember | 2026-12-03 | *
    28.11. bis 2.12. | 2026-11-28 | *
    vom 28. November bis zum 2. Dezember | 2026-11-28 | *
    heute Vormittag | 2026-11-24T08:00 | *
    heute Nachmittag | 2026-11-24T12:00 | *
    heute Abend | 2026-11-24T18:00 | *
    morgen Mittag | 2026-11-25T12:00 | *
    morgen Abend | 2026-11-25T18:00 | *
    Freitagnachmittag | 2026-11-27T12:00 | *
    am Freitag Nachmittag | 2026-11-27T12:00 | *
    Freitag nachmittags | 2026-11-27T12:00 | *
    am Freitagabend | 2026-11-27T18:00 | *
    Freitag am späten Nachmittag | 2026-11-27T16:00 | *
    am späten Vormittag | 2026-11-24T10:00 | *
    Freitag am frühen Nachmittag | 2026-11-27T12:00 | *
    am Mittwochvormittag | 2026-11-25T08:00 | *
    am Montagmorgen | 2026-11-30T08:00 | *
    Montag früh | 2026-11-30T06:00 | *
    Montag in der Früh | 2026-11-30T06:00 | *
    nächste Woche Mittwoch Vormittag | 2026-12-02T08:00 | *
    am Vormittag des 3. Dezember | 2026-12-03T08:00 | *
    am 3.12. nachmittags | 2026-12-03T12:00 | *
    irgendwann am Nachmittag | 2026-11-24T12:00 | *
    übermorgen am Abend | 2026-11-26T18:00 | *
    in der Mittagspause | 2026-11-24T12:00 | *
    nach Feierabend | 2026-11-24T17:00 | *
    morgen nach der Arbeit | 2026-11-25T17:00 | *
    heute spätabends | 2026-11-24T21:00 | *
    in 20 Minuten | 2026-11-24T09:40 | *
    in einer halben Stunde | 2026-11-24T09:50 | *
    in anderthalb Stunden | 2026-11-24T10:50 | *
    in eineinhalb Stunden | 2026-11-24T10:50 | *
    in einer Stunde | 2026-11-24T10:20 | *
    in zwei Stunden | 2026-11-24T11:20 | *
    in zweieinhalb Stunden | 2026-11-24T11:50 | *
    in einer Dreiviertelstunde | 2026-11-24T10:05 | *
    in ein paar Tagen | 2026-11-26 | *
    in einem halben Jahr | 2027-05-24 | *
    in einem Jahr | 2027-11-24 | *
    in sechs Wochen | 2027-01-05 | *
    in drei Monaten | 2027-02-24 | *
    in etwa zwei Wochen | 2026-12-08 | *
    in ungefähr einem Monat | 2026-12-24 | *
    in circa drei Wochen | 2026-12-15 | *
    in ca. drei Wochen | 2026-12-15 | *
    heute in drei Wochen | 2026-12-15 | *
    von heute an in zwei Wochen | 2026-12-08 | *
    einen Monat später | 2026-12-24 | *
    in 1,5 Stunden | 2026-11-24T10:50 | *
    zwei Wochen später | 2026-12-08 | *
    in einer Stunde und zehn Minuten | 2026-11-24T10:30 | *
    nächste Woche | 2026-11-30 | *
    kommende Woche | 2026-11-30 | *
    übernächste Woche | 2026-12-07 | *
    diese Woche | 2026-11-23 | *
    diese Woche noch | 2026-11-23 | *
    noch diese Woche | 2026-11-23 | *
    nächsten Monat | 2026-12-01 | *
    im nächsten Monat | 2026-12-01 | *
    übernächsten Monat | 2027-01-01 | *
    im kommenden Januar | 2027-01-01 | *
    im Januar | 2027-01-01 | *
    im Jänner | 2027-01-01 | *
    im Feber | 2027-02-01 | *
    Mitte Dezember | 2026-12-11 | *
    Ende Dezember | 2026-12-21 | *
    Anfang Januar | 2027-01-01 | *
    Anfang nächster Woche | 2026-11-30 | *
    Mitte nächster Woche | 2026-12-02 | *
    Ende der Woche | 2026-11-27 | *
    Ende dieser Woche | 2026-11-27 | *
    gegen Ende der Woche | 2026-11-27 | *
    gegen Ende des Monats | 2026-11-21 | *
    Anfang des nächsten Monats | 2026-12-01 | *
    Anfang kommender Woche | 2026-11-30 | *
    am Wochenende | 2026-11-28 | *
    dieses Wochenende | 2026-11-28 | *
    kommendes Wochenende | 2026-11-28 | *
    übernächstes Wochenende | 2026-12-05 | *
    KW 50 | 2026-12-07 | *
    in KW 50 | 2026-12-07 | *
    in der Kalenderwoche 50 | 2026-12-07 | *
    in der 50. Kalenderwoche | 2026-12-07 | *
    KW50 | 2026-12-07 | *
    in der Woche vom 7. Dezember | 2026-12-07 | *
    nächstes Jahr | 2027-01-01 | *
    im nächsten Jahr | 2027-01-01 | *
    Anfang nächsten Jahres | 2027-01-01 | *
    nächstes Jahr im März | 2027-03-01 | *
    im März nächsten Jahres | 2027-03-01 | *
    im März 2027 | 2027-03-01 | *
    innerhalb der nächsten zwei Wochen | * | 2026-12-08
    so schnell wie möglich | 2026-11-24T09:20 | *
    baldmöglichst | 2026-11-24T09:20 | *
    heute noch | 2026-11-24 | *
    heute irgendwann | 2026-11-24 | *
    jetzt | 2026-11-24T09:20 | *
    sofort | 2026-11-24T09:20 | *
    Montag oder Dienstag | 2026-11-30 | *
    Montag oder Mittwoch um zehn | 2026-11-30T10:00 | *
    um zehn oder um elf | 2026-11-24T10:00 | *
    am dritten oder vierten Dezember | 2026-12-03 | *
    an Heiligabend | 2026-12-24 | *
    zu Weihnachten | 2026-12-25 | *
    am ersten Weihnachtsfeiertag | 2026-12-25 | *
    am zweiten Weihnachtsfeiertag | 2026-12-26 | *
    zu Silvester | 2026-12-31 | *
    an Neujahr | 2027-01-01 | *
    am Dreikönigstag | 2027-01-06 | *
    am Karfreitag | 2027-03-26 | *
    am Gründonnerstag | 2027-03-25 | *
    Pfingstmontag | 2027-05-17 | *
    an Fronleichnam | 2027-05-27 | *
    am Reformationstag | 2027-10-31 | *
    am 1. Mai | 2027-05-01 | *
    am zweiten Advent | 2026-12-06 | *
    am Valentinstag | 2027-02-14 | *
    am Muttertag | 2027-05-09 | *
    am Faschingsdienstag | 2027-02-09 | *
    vor Weihnachten | - | *
    zwei Tage vor Weihnachten | 2026-12-23 | *
    für morgen um zehn | 2026-11-25T10:00 | *
    den Termin morgen um zehn | 2026-11-25T10:00 | *
    am Fünften um drei viertel acht | 2026-12-05T07:45 | *
    Samstag um elf oder so | 2026-11-28T11:00 | *
    um elf Uhr am Samstag | 2026-11-28T11:00 | *
    der Samstag um elf | 2026-11-28T11:00 | *
    der 5. um elf | 2026-12-05T11:00 | *
    der fünfte wäre gut | 2026-12-05 | *
    Mittwoch der zweite | 2026-12-02 | *
    am Mittwoch, 2. Dezember, 14 Uhr | 2026-12-02T14:00 | *
    02.12., 14:00 | 2026-12-02T14:00 | *
    2.12.26 um 14 Uhr | 2026-12-02T14:00 | *
    2.12.2026 14:00 | 2026-12-02T14:00 | *
    2/12 um 14 Uhr | 2026-12-02T14:00 | *
    2026-12-02 14:00 | 2026-12-02T14:00 | *
    am 2. 12. um 14 Uhr | 2026-12-02T14:00 | *
    am zweiten Dezember gegen vierzehn Uhr | 2026-12-02T14:00 | *
    um 14 Uhr am 2.12. | 2026-12-02T14:00 | *
    morgen um die gleiche Zeit | 2026-11-25 | *
    am nächsten Tag | 2026-11-25 | *
    morgen früh um sieben | 2026-11-25T07:00 | *
    heute Nacht um elf | 2026-11-24T23:00 | *
    heute Nacht um zwei | 2026-11-25T02:00 | *
    um Mitternacht | 2026-11-25 | *
    heute um Mitternacht | 2026-11-25 | *
    null Uhr dreißig | 2026-11-25T00:30 | *
    0:30 Uhr | 2026-11-25T00:30 | *
    um 24 Uhr | 2026-11-25 | *
    für drei Tage ab Montag | 2026-11-30 | 2026-12-03
    ab Montag für drei Tage | 2026-11-30 | 2026-12-03
    ab 14 Uhr für zwei Stunden | 2026-11-24T14:00 | 2026-11-24T16:00
    morgen um 10 für eine Stunde | 2026-11-25T10:00 | 2026-11-25T11:00
    morgen von 10 Uhr an | 2026-11-25T10:00 | -
    morgen um zehn, eine Stunde lang | 2026-11-25T10:00 | *
    Montags um zehn | 2026-11-30T10:00 | *
    dienstags | 2026-12-01 | *
    immer freitags ab zwei | 2026-11-27T14:00 | *
    am Samschtig am zähni | 2026-11-28T10:00 | *
    am Mäntig am achti | 2026-11-30T08:00 | *
    morn am drü | 2026-11-25T15:00 | *
    am viertel ab drü | 2026-11-24T15:15 | *
    am viertel vor vieri | 2026-11-24T15:45 | *
    zwänzg ab drü | 2026-11-24T15:20 | *
    zäh vor zwölfi | 2026-11-24T11:50 | *
    am halbi drü | 2026-11-24T14:30 | *
    am Zischtig | 2026-12-01 | *
    um hoiba drei | 2026-11-24T14:30 | *
    um dreiviertl fünfe | 2026-11-24T16:45 | *
    um hoib viere | 2026-11-24T15:30 | *
    am Mittwoch in da Friah | 2026-11-25T06:00 | *
    übermorgen um halb achte | 2026-11-26T07:30 | *
"""

NO_TIME = """
    meine Postleitzahl ist 10115; die Nummer ist 0176 123 45 67; Hausnummer 12; ich wohne in
    der Bergstraße 7; mein Name ist Mai; Frau Mai möchte kommen; Herr Sommer; Herr Freitag
    ist dran; Frau Sonntag; das kostet 14,50 Euro; das kostet 14.30 Euro; zwei Personen; für
    zwei; wir sind zu dritt; einmal Waschen und Schneiden; so mache ich das; die Sonne
    scheint; das mache ich so; drei Haare; eine Frage; mit dem Zug; Zimmer 12; im dritten
    Stock; die Linie 5; ich bin 42 Jahre alt; ich habe zwei Kinder; es dauert zwanzig
    Minuten; es dauert eine halbe Stunde; ein halbes Kilo; die erste Behandlung; beim
    zweiten Mal; um zwei Euro; ich hätte gern zwei Stück; alle meine Termine; um ehrlich zu
    sein; um Himmels willen; von A bis Z; vor allem; nach Hause; ab und zu; bis dann; bis
    bald; bis später; seit langem; noch nie; Moment bitte; Sekunde; einen Augenblick; fünf
    Sterne; zehn Prozent Rabatt; die 7 ist meine Glückszahl; auf Platz drei; null eins
    sieben sechs drei vier; Anton Berta Cäsar; PLZ 80331; A 1 B 2; Müller mit ü; sechs
    Richtige; ja genau; nein danke; acht geben; ich gebe acht; pro Monat; im Jahr einmal;
    Tag auch; guten Tag; schönen Tag noch; schönes Wochenende; gute Nacht; eine schöne
    Woche; Größe vierzig; Artikel 5 Absatz 3; Familie März; Doktor August; am Apparat; am
    Telefon; so um die zwanzig Euro; vier Augen sehen mehr; Code 1430; PIN 1204;
    Kundennummer 123456; Telefon 030 12345678; mein Geburtsjahr ist 1985
"""


def lines() -> list[tuple[str, str, str]]:
    found = []
    for line in SAID.strip().splitlines():
        text, start, end = (part.strip() for part in line.split("|"))
        found.append((text, start, end))
    return found


def at(value: str) -> dt.datetime | None:
    return None if value == "-" else dt.datetime.fromisoformat(value)


@pytest.mark.parametrize(("text", "start", "end"), lines())
def test_a_span_begins_and_ends_where_it_was_said_to(text: str, start: str, end: str) -> None:
    found = read_time(text, now=NOW, zone="Europe/Berlin", lang="de")
    assert found is not None
    if start != "*":
        assert found.start == at(start)
    if end != "*":
        assert (None if found.kind == "instant" else found.end) == at(end)


@pytest.mark.parametrize("text", [" ".join(t.split()) for t in NO_TIME.split(";")])
def test_where_no_time_is_said_none_is_read(text: str) -> None:
    assert read_time(text, now=NOW, zone="Europe/Berlin", lang="de") is None
