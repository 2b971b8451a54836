"""Emergencies are heard in both languages; refusals, memories and look-alikes are none."""

import pytest

from domain.intent import is_emergency

EMERGENCY = """
    Das ist ein Notfall; es ist ein Notfall!; Notfall; ich habe einen Notfall; medizinischer
    Notfall; wir haben hier einen Notfall; des is a Notfall; das ist ein absoluter Notfall; ich
    brauche einen Krankenwagen; rufen Sie einen Krankenwagen; bitte schicken Sie einen
    Rettungswagen; wir brauchen einen Notarzt; soll ich den Notruf wählen; er schwebt in
    Lebensgefahr; ich glaube, mein Mann hat einen Herzinfarkt; meine Mutter hat einen
    Schlaganfall; er hat Brustschmerzen; ich habe starke Brustschmerzen und mir ist schlecht;
    ich habe Schmerzen in der Brust; ein Stechen in der Brust; Druck auf der Brust; die Brust
    tut mir so weh; ich bekomme keine Luft; ich krieg keine Luft mehr; er kriegt kaum Luft; mein
    Kind bekommt schlecht Luft; i kriag ka Luft; ich habe Atemnot; sie kann nicht atmen; er kann
    kaum noch atmen oder kaum atmen; er atmet nicht; er atmet nicht mehr; das Baby erstickt; sie
    ist blau angelaufen; es blutet sehr stark; ich blute stark; starke Blutung; ich habe eine
    starke Nachblutung; die Blutung hört nicht auf; es hört nicht auf zu bluten; wir können die
    Blutung nicht stillen; er verblutet; er spuckt Blut; sie hustet Blut; er hat viel Blut
    verloren; sie ist bewusstlos; mein Vater ist ohnmächtig geworden; sie ist nicht ansprechbar;
    er ist zusammengebrochen; sie ist umgekippt und reagiert nicht; er hat einen Krampfanfall;
    unser Kind hat einen Fieberkrampf; epileptischer Anfall; sie hat sich vergiftet; er hat eine
    Überdosis genommen; sie hat zu viele Tabletten genommen; allergischer Schock;
    anaphylaktischer Schock; die Zunge schwillt an; ich will mich umbringen; ich möchte nicht
    mehr leben; meine Fruchtblase ist geplatzt; ich hatte gerade einen Unfall, ich bin schwer
    verletzt; er hat einen Stromschlag bekommen; es brennt in der Küche; der Mundwinkel hängt
    herunter; sein Mundwinkel hängt; sie ist plötzlich gelähmt; halbseitig gelähmt; die
    Schmerzen sind nicht auszuhalten; Hilfe!; Hilfe; zu Hilfe; schnell, er atmet nicht;
    Herzstillstand; ich ersticke; das ist lebensbedrohlich; schwere allergische Reaktion; er hat
    sich schwer verbrannt; es geht um Leben und Tod; Notfall, bitte schnell; ich brauche einen
    Notfalltermin, ich blute stark; kein Witz, das ist ein Notfall; this is an emergency;
    emergency; it's an emergency; I have a medical emergency; we need an ambulance; please call
    an ambulance; call 911; send paramedics; it's life-threatening; he's having a heart attack;
    I think she is having a stroke; I have chest pain; my chest hurts; I've got chest pains;
    tightness in my chest; there is pressure in my chest; I can't breathe; he can't breathe; she
    cannot breathe properly; I'm having trouble breathing; difficulty breathing; shortness of
    breath; he's not breathing; he stopped breathing; the baby is choking; severe bleeding;
    heavy bleeding; he is bleeding badly; I'm bleeding a lot; the bleeding won't stop; it won't
    stop bleeding; she is coughing up blood; he's vomiting blood; he lost a lot of blood; she's
    unconscious; he passed out; my dad collapsed; she is unresponsive; he's having a seizure;
    she took an overdose; he was poisoned; severe allergic reaction; her throat is closing; my
    tongue is swelling; anaphylactic shock; I want to kill myself; I'm suicidal; my water broke;
    she's in labor; we had a car accident; he is badly hurt; he got electrocuted; the house is
    on fire; I smell gas; slurred speech and his face is drooping; I suddenly can't see;
    unbearable pain; help!; help me please hurry; Help; mein Kind läuft blau an; meine Frau
    liegt am Boden und bewegt sich nicht; Opa wacht nicht auf; ich sehe plötzlich nichts mehr;
    es blutet wie verrückt; i kann nimmer schnaufen; meine Tochter hat Putzmittel getrunken; my
    husband isn't moving; she's turning blue; there's blood everywhere; my son is choking; I
    took too many pills; he is bleeding from his head; Schmerzen in der linken Brust; ich kippe
    gleich um; I'm going to pass out; überall Blut
"""
NONE = """
    Das ist kein Notfall; es ist kein Notfall; nein, kein Notfall; nicht wirklich ein Notfall;
    es ist ja kein Notfall; des is ka Notfall; das ist nicht dringend und kein Notfall; im
    Notfall kann ich auch um fünf; im Notfall auch am Freitag; zur Not ginge Montag; als
    Notfallkontakt meine Frau; meine Notfallnummer ist null eins sieben; ich bin
    Notfallsanitäter; ich arbeite bei der Feuerwehr; ein Erste-Hilfe-Kurs; ich hatte vor drei
    Jahren einen Herzinfarkt; Nachsorge nach dem Schlaganfall; Kontrolle nach meinem
    Herzinfarkt; ich habe Angst vor einem Herzinfarkt; letztes Jahr hatte ich einen
    Krampfanfall; keine Brustschmerzen; ich habe keine Schmerzen in der Brust; er ist nicht
    bewusstlos; keine starke Blutung; ohne starke Blutungen; ich habe Zahnschmerzen; ich habe
    Kopfschmerzen; mir tut der Rücken weh; mein Knie tut weh; ich brauche dringend einen Termin;
    es ist dringend; so schnell wie möglich bitte; ich bin erkältet; ich habe Husten;
    Zahnfleischbluten; eine Blutabnahme bitte; Blutdruck messen; Blutwerte besprechen; beim
    Zähneputzen blutet es ein bisschen; mein Hund muss geimpft werden; können Sie mir helfen;
    ich brauche Hilfe beim Umbuchen; einmal Waschen und Schneiden; am Freitag um drei; ich habe
    einen Unfallschaden am Auto; die Unfallversicherung zahlt; in der Luftgasse; die Luft ist
    raus beim Reifen; frische Luft tut gut; mein Name ist Brust; ich komme aus Notburga; das
    haut mich um; ich breche ab; der Schlag; brennende Augen; this is not an emergency; no
    emergency; it isn't an emergency; it's no emergency; not really an emergency; nothing
    urgent, not an emergency; my emergency contact is my wife; in case of emergency call my
    husband; the emergency exit; a first aid course; I had a heart attack three years ago;
    follow-up after my stroke; a check-up after the heart attack; I'm worried about having a
    stroke; no chest pain; without chest pain; he is not unconscious; I have a toothache; my
    back hurts; my knee hurts; I need an appointment urgently; as soon as possible please; I
    have a cold; a blood test please; blood pressure check; my gums bleed a little; can you help
    me; help me book an appointment; I need some help; Friday at three; just a haircut; at the
    stroke of noon; take a deep breath; that was breathtaking; I'm dying for a haircut; a fire
    sale; ; hello; haben Sie eine Notfallsprechstunde am Samstag; ich bin beim Rettungsdienst,
    daher nur abends; my breath smells; ich hatte Nasenbluten
"""


def texts(block: str) -> list[str]:
    return [" ".join(text.split()) for text in block.split(";")]


@pytest.mark.parametrize("text", texts(EMERGENCY))
def test_words_of_an_emergency_are_heard(text: str) -> None:
    assert is_emergency(text)


@pytest.mark.parametrize("text", texts(NONE))
def test_a_refusal_a_memory_or_a_likeness_is_no_emergency(text: str) -> None:
    assert not is_emergency(text)


def test_a_long_text_is_bounded() -> None:
    assert not is_emergency("Luft " * 100_000 + "Notfall")
