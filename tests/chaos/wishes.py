"""A wish at each of the demo's companies, so that faults can be kept apart by company."""

from sandbox.caller.diary import Wish

HAARWERK = Wish(
    company="haarwerk",
    branch="br_haarwerk_mitte",
    service="svc_haarwerk_damenhaarschnitt",
    staff="st_haarwerk_sophie",
)
PHYSIO = Wish(
    company="physiomarkt",
    branch="br_physio_eppendorf",
    service="svc_physio_krankengymnastik",
    staff="st_physio_yilmaz",
)
LINDNER = Wish(
    company="lindner",
    branch="br_lindner_schwabing",
    service="svc_lindner_kontrolle",
    staff="st_lindner_lindner",
)
ROSENGARTEN = Wish(
    company="rosengarten",
    branch="br_rosengarten_ehrenfeld",
    service="svc_rosengarten_manikuere",
    staff="st_rosengarten_nadja",
)
SEEBLICK = Wish(
    company="seeblick",
    branch="br_seeblick_sachsenhausen",
    service="svc_seeblick_herren",
    staff="st_seeblick_heike",
)
ONE_A_COMPANY = (HAARWERK, PHYSIO, LINDNER, ROSENGARTEN, SEEBLICK)
