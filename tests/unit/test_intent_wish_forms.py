"""Wishes in many forms: openings times deeds, German (also of the South) and English.

A line is alternatives with `|`; in braces stand parts that are combined with each other.
"""

import itertools
import re
from collections.abc import Iterator

import pytest

from domain.intent import read_action

ENGLISH = {
    "book": [
        """
        {I'd like to|I want to|Can I|Could I|I need to|May I|I would love to|I'm hoping
        to|I'm looking to|I was wondering if I could|Please|Can you|Could you
        please|Would you|Let me} {book an appointment|make an appointment|schedule an
        appointment|set up an appointment|arrange a haircut|book a haircut for
        Friday|reserve a slot on Monday|get an appointment for tomorrow at three|make a
        booking for two people|set up a meeting with Anna on Monday|schedule a cleaning}
        """,
        """
        {I'd like to|I need to|Can I|Could I} {come in on Friday|come in tomorrow at
        ten|get my hair cut on Friday|see the doctor tomorrow|have my teeth cleaned on
        Monday|be seen today}
        """,
        """
        {Can you|Could you|Please} {put me down for Friday at ten|squeeze me in
        tomorrow|fit me in this afternoon|pencil me in for Monday|sign me up for the
        class on Monday|book me in for Tuesday|slot me in at three|add me to the list
        for Friday|remind me to call mum tomorrow|set an alarm for seven|wake me up at
        six|add a dentist appointment to my calendar|put lunch with Tom on my
        calendar|create an event for Friday|block off Friday afternoon|save the date for
        the party on Saturday|reserve a table for four tonight|hold a slot for me on
        Monday|enter a meeting at nine|schedule me for Friday|get me in on Friday}
        """,
        """
        I need a haircut on Friday|I need an appointment|An appointment please|A haircut
        tomorrow at noon please|I'd like a table for two at eight|New appointment for
        Monday|Remind me about the meeting at three|Set a reminder for tomorrow|Let's do
        Friday at ten|I'll take the ten o'clock|Friday at ten works for me|Make it four
        o'clock please
        """,
    ],
    "cancel": [
        """
        {I'd like to|I want to|Can I|Could I|I need to|I have to|Please|Can you|Could
        you please|I must} {cancel my appointment|cancel tomorrow's appointment|call off
        the meeting|delete the event on Friday|remove the reminder|get rid of my
        booking|drop my appointment on Monday|scrap the meeting|take the meeting off my
        calendar|clear my calendar for Friday|scratch my appointment|erase the
        event|withdraw my booking|turn off the alarm|undo my booking|strike the meeting
        from my calendar|annul my reservation}
        """,
        """
        I can't make it tomorrow, please cancel|I won't be able to come on Friday,
        cancel it please|Take me off the schedule for Monday|My appointment tomorrow, I
        can't come, please cancel it|I no longer need the appointment|We don't need the
        meeting on Friday anymore|Never mind the reminder, delete it|Cancel everything
        on Friday|Cancel that
        """,
    ],
    "reschedule": [
        """
        {I'd like to|I want to|Can I|Could I|I need to|I have to|Please|Can you|Could
        you please|Can we} {reschedule my appointment|move my appointment to
        Friday|change my appointment to Friday|postpone the meeting|push the meeting
        back an hour|bring my appointment forward|shift my appointment to Monday|switch
        my appointment to Tuesday|swap my slot for a later one|delay the meeting by an
        hour|move it to Friday|change the time of my appointment|push it to next
        week|put the meeting off until Monday|rebook my appointment for Friday|change
        the date|move the meeting from three to four|make my appointment an hour
        later|extend the meeting by an hour|move up my appointment|adjust the time of
        the meeting|rearrange my appointment}
        """,
        """
        Is it possible to come an hour later instead of three, I'd like to move it
        """,
    ],
    "info": [
        """
        {When is|What time is|Where is} {my next appointment|my appointment on
        Friday|the meeting tomorrow|my haircut}
        """,
        """
        {Do I have|Have I got} {anything on Friday|any appointments tomorrow|a meeting
        at ten|something planned this weekend}
        """,
        """
        {What's on|Show me|Tell me|List|Check|What is on} {my calendar for tomorrow|my
        schedule today|my appointments this week|my agenda for Friday}
        """,
        """
        How long does the haircut take|How much is a haircut|What are your opening
        hours|Am I free on Friday|Am I busy tomorrow|Are there any meetings today|Is my
        appointment still on|What do I have tomorrow|What am I doing on Monday|Who is
        coming to the meeting|How many meetings do I have today|How long is the
        meeting|When am I free|What events do I have this week|Can you tell me when my
        appointment is|Could you check if I have a meeting tomorrow|Can you show me my
        calendar|Could you look up my appointment|Please tell me what's next on my
        calendar|What's happening on Friday|Give me my schedule for today|Read me my
        agenda|I want to know when my next appointment is|I'd like to see my
        appointments|Do you know when the meeting starts|I'm looking for a dentist|Find
        me a hairdresser in Berlin|Can you find a good dentist nearby|I need to find a
        doctor in Fremont|Is there a salon near me|When does the meeting start|How much
        time until my meeting|What appointments are left today|Is there a meeting with
        Tom
        """,
    ],
    "other": [
        """
        What's the weather like tomorrow|Will it rain on Friday|Is it cold outside|How
        hot will it be on Monday|Play some music|Play my jazz playlist|Turn the volume
        up|Skip this song|What's the forecast for the weekend|Do I need an umbrella
        today|Tell me a joke|Rate this book five stars|Find the movie Casablanca|Add
        this song to my playlist|How is the weather in Berlin|Show me the trailer for
        the new film|Put on the radio|Is it snowing
        """,
    ],
}

GERMAN = {
    "book": [
        """
        {Ich möchte gern|Ich würde gern|Ich will|Kann ich|Könnte ich|Können Sie
        mir|Könnten Sie mir bitte|Ich hätte gerne die Möglichkeit,} {einen Termin
        ausmachen|einen Termin vereinbaren|einen Termin machen|einen Termin buchen|einen
        Termin reservieren|für Freitag einen Termin eintragen|einen Termin
        vormerken|einen Haarschnitt buchen|einen Tisch für vier reservieren|einen Termin
        für morgen um drei ausmachen}
        """,
        """
        {Ich möchte|Ich würde gern|Kann ich|Könnte ich|Dürfte ich} {am Freitag
        vorbeikommen|morgen um zehn reinkommen|am Montag drankommen|morgen
        kommen|nächste Woche zum Schneiden kommen}
        """,
        """
        {Können Sie mich|Könnten Sie mich bitte|Kannst du mich} {morgen einschieben|am
        Freitag dazwischenschieben|für Montag eintragen|für Freitag vormerken|morgen um
        drei drannehmen|heute noch reinquetschen|am Freitag einplanen}
        """,
        """
        Ich brauche einen Termin|Ich bräuchte einen Termin zum Schneiden|Ich hätte gern
        einen Termin am Freitag|Einen Termin bitte|Geht bei Ihnen was am Freitag um
        zehn|Ich wollte mir einen Termin geben lassen|Ich wollte einen Termin holen|Trag
        mir für morgen Zahnarzt ein|Erinnere mich an den Zahnarzt|Stell den Wecker auf
        sieben|Weck mich um sechs|Notiere für Freitag Mittagessen mit Tom|Leg einen
        Termin für Montag an|Mach mir einen Termin für Freitag|Setz ein Meeting für
        Montag an|Buchen Sie mir bitte Freitag um zehn|Ich nehme den Termin um
        zehn|Schreiben Sie mich bitte für Freitag auf|Reservier mir einen Platz|Neuer
        Termin am Montag um zehn|Merken Sie mich bitte für Freitag vor|Füge Zahnarzt zu
        meinem Kalender hinzu|Blockier mir den Freitagnachmittag
        """,
        """
        I brauchat an Termin|I hätt gern an Termin am Freidog|Konn i morgn kemma|I mecht
        an Termin ausmocha|Chan ich en Termin ha|Ich bruuche en Termin|Ich hett gärn en
        Termin am Fritig|I dät gern en Termin macha|Mach ma an Termin fia morgn|Erinner
        mi morgn um zehne|I megad gern an Disch reservieren
        """,
    ],
    "cancel": [
        """
        {Ich möchte|Ich muss leider|Ich würde gern|Ich will|Können Sie bitte|Könnten
        Sie|Kannst du} {meinen Termin absagen|den Termin stornieren|den Termin
        streichen|den Termin am Freitag canceln|den Termin löschen|meinen Termin wieder
        rausnehmen|die Buchung rückgängig machen|die Reservierung aufheben|den Termin
        entfernen|die Erinnerung löschen|den Termin abbestellen|das Treffen abblasen|den
        Termin annullieren|den Wecker ausschalten}
        """,
        """
        Sagen Sie den Termin bitte ab|Ich kann morgen nicht kommen, bitte
        absagen|Streichen Sie mich bitte raus|Nimm den Termin raus|Nehmen Sie den Termin
        bitte raus|Lösch den Termin am Freitag|Ich brauche den Termin nicht mehr|Der
        Termin am Freitag fällt aus, bitte löschen|Storniere bitte alles am Montag|Mach
        den Wecker aus|Den Termin können Sie streichen|Ich komme am Freitag nicht, sagen
        Sie das bitte ab|Der Termin kann weg|Ich schaffe es morgen leider nicht, bitte
        stornieren Sie
        """,
        """
        I muas mein Termin obsogn|Sog den Termin o|I ka morgn ned kemma, sogs ob|Chasch
        de Termin lösche|De Termin absäge bitte|Ich mues de Termin absäge|Doa den Termin
        weg
        """,
    ],
    "reschedule": [
        """
        {Ich möchte|Ich muss leider|Ich würde gern|Können wir|Können Sie bitte|Könnten
        Sie|Kann ich|Könnte man} {meinen Termin verschieben|den Termin verlegen|den
        Termin auf Freitag umbuchen|den Termin vorziehen|den Termin um eine Stunde nach
        hinten schieben|den Termin um eine Stunde nach vorne verlegen|den Termin
        ändern|den Termin auf später legen|den Termin tauschen|die Uhrzeit ändern|meinen
        Termin umlegen|den Termin auf Montag verschieben|den Termin nach hinten
        verlegen|das Meeting verlängern}
        """,
        """
        Verschieb das Meeting auf drei|Verleg den Termin auf Montag|Geht es auch eine
        Stunde später statt um drei, ich möchte verschieben|Buchen Sie mich bitte auf
        Freitag um|Leg den Termin auf Freitag um|Zieh den Termin um eine Stunde
        vor|Schieb das Meeting nach hinten|Ändere den Termin auf elf Uhr|Mach den Termin
        eine Stunde später
        """,
        """
        Kenna mia den Termin verschiam|I mecht den Termin verschieben|Chönd mir de
        Termin verschiebe|Kennt mr den Termin verschieba|I miassat den Termin verlegen
        """,
    ],
    "info": [
        """
        {Wann ist|Wann beginnt|Um wie viel Uhr ist|Wo ist} {mein nächster Termin|mein
        Termin am Freitag|das Meeting morgen|mein Friseurtermin}
        """,
        """
        {Habe ich|Hab ich} {morgen einen Termin|am Freitag was vor|heute noch Termine|am
        Montag ein Meeting}
        """,
        """
        {Zeig mir|Zeigen Sie mir|Nenn mir|Sag mir|Lies mir} {meine Termine|meinen
        Kalender für morgen|meine Termine am Freitag}
        """,
        """
        Wie lange dauert eine Massage|Was kostet ein Haarschnitt|Wann haben Sie
        geöffnet|Wie viele Termine habe ich heute|Was steht heute an|Was habe ich morgen
        vor|Bin ich am Freitag frei|Mit wem ist das Meeting|Wer kommt zum Meeting|Steht
        mein Termin noch|Können Sie mir sagen, wann mein Termin ist|Ich wollte fragen,
        wann mein Termin ist|Ich möchte wissen, wann ich dran bin|Schau mal nach, ob ich
        morgen was habe|Welche Termine habe ich diese Woche|Gibt es morgen Meetings|Wie
        lange geht das Meeting|Wie viel Zeit bleibt bis zum Meeting|Wann bin ich dran
        """,
        """
        Wann is mei Termin|Wos hob i morgn vor|Hob i morgn an Termin|Wänn isch min
        Termin|Han ich morn en Termin|Zoag ma meine Termine
        """,
    ],
    "other": [
        """
        Wie wird das Wetter morgen|Regnet es am Freitag|Brauche ich einen
        Regenschirm|Wie kalt wird es heute|Spiel etwas Musik|Spiel das neue Album|Wird
        es morgen schneien|Wie warm ist es in Berlin|Füge dieses Lied zu meiner Playlist
        hinzu|Gib diesem Buch fünf Sterne|Such den Film Casablanca|Mach lauter|Nächstes
        Lied|Erzähl einen Witz
        """,
        """
        Wia wird's Weda moang|Rengts heit|Spui a Musi|Wie wird s Wätter morn|Schneibts
        morgn
        """,
    ],
}


def split(template: str) -> Iterator[str]:
    """The alternatives outside of braces."""
    yield from re.findall(r"(?:[^|{}]|\{[^}]*\})+", " ".join(template.split()))


def expand(template: str) -> Iterator[str]:
    for line in split(template):
        parts = re.split(r"\{([^}]*)\}", line)
        options = [p.split("|") if n % 2 else [p] for n, p in enumerate(parts)]
        yield from ("".join(chosen) for chosen in itertools.product(*options))


SAID = [
    (lang, wish, text)
    for lang, table in (("en", ENGLISH), ("de", GERMAN))
    for wish, templates in table.items()
    for template in templates
    for text in expand(template)
]


@pytest.mark.parametrize(("lang", "wish", "text"), SAID)
def test_a_wish_is_read_in_each_of_its_forms(lang: str, wish: str, text: str) -> None:
    assert read_action(text, lang) == wish


def test_there_are_many() -> None:
    assert len(SAID) > 1_000
