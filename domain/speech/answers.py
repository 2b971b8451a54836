"""The sentences with which functions are answered while the caller listens, by key and language.

Written like `sentences.py`. Fields: `when` with its preposition ("am Freitag, dem …, um achtzehn
Uhr"), `start` without ("Freitag, den …"), `who` ("bei Mehmet"), `where` ("in der Filiale Mitte"),
`free` (what `spoken_free` says). None of them may say "gebucht" but `booked`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from domain.speech.numbers import Lang
from domain.speech.sentences import FieldValue, filled

ANSWERS: Mapping[str, Mapping[Lang, str]] = MappingProxyType(
    {
        # --- kept for the caller ---
        "held": {
            "de": "[Für {service} halte ich Ihnen|Ich halte Ihnen] {start}[ {who}][ {where}] frei. "
            "Soll ich verbindlich buchen?",
            "en": "I am holding {start}[ {who}][ {where}][ for {service}]. Shall I book it?",
        },
        "held_instead": {
            "de": "Bei {wished} ist dann leider nichts frei, aber {who} halte ich Ihnen {start}"
            "[ {where}] frei. Soll ich verbindlich buchen?",
            "en": "I am sorry, {wished} is not free then, but I am holding {start} {who}"
            "[ {where}]. Shall I book it?",
        },
        "held_unconfirmed": {
            "de": "[Für {service} kann ich|Ich kann] {start}[ {who}][ {where}] für Sie vormerken, "
            "die Bestätigung kommt dann als Nachricht. Soll ich das tun?",
            "en": "I can reserve {start}[ {who}][ {where}][ for {service}], and the confirmation "
            "will follow as a message. Shall I do that?",
        },
        # --- free times ---
        "nothing_free": {
            "de": "Soll ich an einem anderen Tag nachsehen?",
            "en": "Shall I look on another day?",
        },
        "slot_lost": {
            "de": "Dieser Termin wurde gerade vergeben.",
            "en": "That time has just been taken.",
        },
        # --- why not ---
        "slot_taken": {
            "de": "[{when} ist[ {who}] leider schon belegt|"
            "[{day}, ist zu dieser Zeit[ {who}] leider nichts frei|"
            "Zu dieser Zeit ist[ {who}] leider nichts frei]].",
            "en": "I am sorry, [{start} is already taken[ {who}]|"
            "[nothing is free[ {who}] {day}, at that time|nothing is free[ {who}] at that time]].",
        },
        "outside_hours": {
            "de": "Zu dieser Zeit haben wir nicht geöffnet[, sondern {hours}].",
            "en": "We are not open at that time[, but {hours}].",
        },
        "closed": {
            "de": "[{day}, haben|An diesem Tag haben] wir geschlossen.",
            "en": "We are closed [{day}|that day].",
        },
        "holiday": {
            "de": "[{day}, ist|An diesem Tag ist] Feiertag, da haben wir geschlossen.",
            "en": "We are closed [{day}|that day], it is a public holiday.",
        },
        "too_soon": {
            "de": "Das ist leider zu kurzfristig.",
            "en": "I am sorry, that is too soon for us.",
        },
        "past": {
            "de": "Dieser Zeitpunkt ist schon vorbei.",
            "en": "That time is already over.",
        },
        "too_far": {
            "de": "So weit im Voraus vergeben wir noch keine Termine[, nur bis {latest}].",
            "en": "We do not take appointments that far ahead yet[, only until {latest}].",
        },
        "staff_off": {
            "de": "[{staff} ist dann leider nicht da|Dann ist leider niemand da].",
            "en": "I am sorry, [{staff} is not there then|nobody is there then].",
        },
        "lunch_break": {
            "de": "[{staff} hat dann Pause|Dann ist leider Pause].",
            "en": "I am sorry, [{staff} has a break then|there is a break then].",
        },
        "staff_cannot_do_service": {
            "de": "[[{service}|Das] macht {staff} leider nicht|"
            "Dafür haben wir hier leider niemanden].",
            "en": "I am sorry, [{staff} does not do [{service}|that]|nobody here does that].",
        },
        "off_grid": {
            "de": "Zu dieser Minute fängt bei uns kein Termin an.",
            "en": "No appointment starts at that minute here.",
        },
        "unknown_service": {
            "de": "[{unknown}|Diese Leistung] haben wir leider nicht im Angebot."
            "[ Möglich wäre zum Beispiel {options}.]",
            "en": "I am sorry, we do not offer [{unknown}|that]."
            "[ We do offer {options}, for instance.]",
        },
        "unknown_branch": {
            "de": "Diese Filiale kenne ich leider nicht.[ Meinen Sie {options}?]",
            "en": "I am sorry, I do not know that branch.[ Do you mean {options}?]",
        },
        "not_found": {
            "de": "Ich finde leider keinen solchen Termin von Ihnen.",
            "en": "I am sorry, I cannot find such an appointment of yours.",
        },
        "cancel_limit": {
            "de": "Dieser Termin lässt sich am Telefon nicht mehr ändern[, das ging nur bis "
            "{limit}].",
            "en": "That appointment can no longer be changed by phone[, that was possible until "
            "{limit}].",
        },
        "cancel_limit_callback": {
            "de": "Dieser Termin lässt sich am Telefon nicht mehr ändern, wir rufen Sie dazu "
            "zurück.",
            "en": "That appointment can no longer be changed by phone, we will call you back "
            "about it.",
        },
        # --- done, or so far ---
        "booked": {
            "de": "Ihr Termin {when}[ {who}][ {where}] ist gebucht.",
            "en": "Your appointment {when}[ {who}][ {where}] is booked.",
        },
        "reserved": {
            "de": "Ihr Termin {when}[ {who}][ {where}] ist vorgemerkt, die Bestätigung bekommen "
            "Sie als Nachricht.",
            "en": "Your appointment {when}[ {who}][ {where}] is reserved, and you will get the "
            "confirmation as a message.",
        },
        "already_booked": {
            "de": "Den Termin {when}[ {who}][ {where}] haben Sie schon. Möchten Sie einen "
            "weiteren?",
            "en": "You have that appointment {when}[ {who}][ {where}] already. Would you like "
            "another one?",
        },
        "pending_book": {
            "de": "Das Buchungssystem antwortet gerade langsam. Ich habe Ihren Wunsch "
            "aufgenommen, Sie bekommen gleich eine Nachricht.",
            "en": "The booking system is slow right now. I have taken down your wish, and you "
            "will get a message shortly.",
        },
        "pending_change": {
            "de": "Ich habe die Änderung aufgenommen, die Bestätigung bekommen Sie als Nachricht.",
            "en": "I have taken down the change, and you will get the confirmation as a message.",
        },
        "cancelled": {
            "de": "Ihr Termin {when} ist abgesagt.",
            "en": "Your appointment {when} is cancelled.",
        },
        "rescheduled": {
            "de": "Ihr Termin ist jetzt {when}[ {who}][ {where}].",
            "en": "Your appointment is now {when}[ {who}][ {where}].",
        },
        "found": {
            "de": "Sie haben einen Termin {when}[ {who}][ {where}].",
            "en": "You have an appointment {when}[ {who}][ {where}].",
        },
        "found_several": {
            "de": "Sie haben {count} Termine: {appointments}.",
            "en": "You have {count} appointments: {appointments}.",
        },
        "found_many": {
            "de": "Sie haben {count} Termine, die nächsten sind {appointments}.",
            "en": "You have {count} appointments, the next ones are {appointments}.",
        },
        # --- asked back ---
        "clarify_date": {
            "de": "[Meinen Sie {options}?|Für welchen Tag darf ich nachsehen?]",
            "en": "[Do you mean {options}?|Which day shall I look at?]",
        },
        "clarify_time": {
            "de": "[Meinen Sie {options}?|Um wie viel Uhr passt es Ihnen?]",
            "en": "[Do you mean {options}?|What time would suit you?]",
        },
        "clarify_service": {
            "de": "[{unknown} kenne ich leider nicht. Meinen Sie {options}?|"
            "[Was darf es sein: {options}?|Um welche Leistung geht es?]]",
            "en": "[I am sorry, I do not know {unknown}. Do you mean {options}?|"
            "[What would you like: {options}?|Which service is it about?]]",
        },
        "clarify_staff": {
            "de": "[{unknown} kenne ich hier leider nicht. ]"
            "[Meinen Sie {options}?|Zu wem möchten Sie?]",
            "en": "[I am sorry, I do not know {unknown} here. ]"
            "[Do you mean {options}?|Who would you like to see?]",
        },
        "clarify_staff_elsewhere": {
            "de": "{unknown} arbeitet nicht hier, sondern {where}. Möchten Sie dorthin?",
            "en": "{unknown} does not work here, but {where}. Would you like to go there?",
        },
        "clarify_branch": {
            "de": "[{unknown} gibt es hier leider nicht. ]"
            "In welche Filiale möchten Sie kommen[: {options}]?",
            "en": "[I am sorry, there is no {unknown} here. ]"
            "Which branch would you like to come to[: {options}]?",
        },
        "clarify_name": {
            "de": "Auf welchen Namen darf ich den Termin eintragen?",
            "en": "What name shall I put the appointment under?",
        },
        "clarify_phone": {
            "de": "Unter welcher Telefonnummer erreichen wir Sie?",
            "en": "On which phone number can we reach you?",
        },
        "clarify_email": {
            "de": "An welche Mailadresse darf die Bestätigung gehen?",
            "en": "Which mail address shall the confirmation go to?",
        },
        "clarify_appointment": {
            "de": "[Welchen Termin meinen Sie, {options}?|Um welchen Termin geht es?]",
            "en": "[Which appointment do you mean, {options}?|Which appointment is it about?]",
        },
        "clarify_confirmation": {
            "de": "Soll ich das verbindlich für Sie buchen?",
            "en": "Shall I book that for you?",
        },
        "date_lost": {
            "de": "Den Tag habe ich leider nicht verstanden. Für welchen Tag darf ich nachsehen?",
            "en": "I am sorry, I did not get the day. Which day shall I look at?",
        },
        "time_lost": {
            "de": "Die Uhrzeit habe ich leider nicht verstanden. Um wie viel Uhr passt es Ihnen?",
            "en": "I am sorry, I did not get the time. What time would suit you?",
        },
        "date_over": {
            "de": "Dieser Tag ist schon vorbei. Für welchen Tag darf ich nachsehen?",
            "en": "That day is already over. Which day shall I look at?",
        },
        "time_over": {
            "de": "[{time}|Diese Uhrzeit] ist heute schon vorbei. Wann passt es Ihnen sonst?",
            "en": "[{time}|That time] is already over today. When else would suit you?",
        },
        "time_skipped": {
            "de": "Diese Uhrzeit fällt in der Nacht der Zeitumstellung aus. Um wie viel Uhr passt "
            "es Ihnen sonst?",
            "en": "The clocks skip that time in that night. What other time would suit you?",
        },
        "verify_name_and_time": {
            "de": "Bitte sagen Sie mir Ihren Namen und wann Ihr Termin ist.",
            "en": "Please tell me your name and when your appointment is.",
        },
        "verify_code": {
            "de": "Ich habe Ihnen einen Code per SMS geschickt. Bitte lesen Sie ihn mir vor.",
            "en": "I have sent you a code by text message. Please read it out to me.",
        },
        # --- told ---
        "info": {
            "de": "{service} dauert[ {who}] {duration}[ und kostet {price}].",
            "en": "{service} takes {duration}[ {who}][ and costs {price}].",
        },
        "info_together": {
            "de": "{services} dauern zusammen {duration}[ und kosten {price}].",
            "en": "{services} take {duration} together[ and cost {price}].",
        },
        "open_day": {
            "de": "{day} haben wir {hours} geöffnet.",
            "en": "{day} we are open {hours}.",
        },
        "open_until": {
            "de": "Heute haben wir noch bis {closes} geöffnet.",
            "en": "Today we are open until {closes}.",
        },
        "open_week": {
            "de": "Wir haben {hours} geöffnet[, {closed} geschlossen].",
            "en": "We are open {hours}[, and closed {closed}].",
        },
        "closed_until": {
            "de": "{day} haben wir geschlossen[, wieder geöffnet ist {next}].",
            "en": "{day} we are closed[, and open again {next}].",
        },
        "holiday_until": {
            "de": "{day} ist Feiertag, da haben wir geschlossen[, wieder geöffnet ist {next}].",
            "en": "{day} we are closed for a public holiday[, and open again {next}].",
        },
        "callback": {
            "de": "Wir rufen Sie zurück.[ Uns fehlt noch {missing}.]",
            "en": "We will call you back.[ We still need {missing}.]",
        },
        "transfer": {"de": "Ich verbinde Sie.", "en": "I am putting you through."},
        "failed": {
            "de": "Das hat leider nicht geklappt. Soll Sie jemand zurückrufen?",
            "en": "I am sorry, that did not work. Shall somebody call you back?",
        },
    }
)


def answer(key: str, lang: Lang, **fields: FieldValue) -> str:
    """The sentence, on one line, its first letter large. Raises KeyError for an unknown key."""
    text = filled(ANSWERS[key][lang], lang, fields)
    return text[:1].upper() + text[1:]
