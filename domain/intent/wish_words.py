"""Words by which callers say what they want, as data: a topic or a deed, and its stems.

Stems are folded (no umlauts). A stem ending in `*` takes any ending. Bavarian, Tyrolean and
Alemannic spellings stand beside the standard ones, as people write and recognisers hear them.
"""

import re

# Talk that is not about appointments at all: weather, music, films and books, ratings.
OFF_TOPIC = {
    "de": """
        wetter* weda* weder wedda wetta* wetter wettervorhersag* vorhersag* vorhersog* prognos*
        regn* regen* rengn* rein schneit schneits schneien schneie schnee* schneib* sturm*
        stirm* gewitter* sonnig* sunnig* bewolk* wolk* wolkig windig* wind temperatur*
        luftfeucht* hochstwert* tiefstwert* schnea* grad bewertung* nebl* nebel* hagel*
        regenschirm* rengschirm* kalt kolt koit koid warm* woam* hoass hoas heiss kuhl* kiahl*
        kaelter kalter bedeckt frost* eisig klima mantel jacke* jackn pullover* hosn gewand
        luftfeicht* pulli pullova* hose hosen sandalen sonnencreme handschuh* mutze* hitze*
        feicht feucht* gfrier* gefrier* woikig* reng* renga keyda kelta celsius fahrenheit lied*
        liad* song* playlist* wiedergabelist* album* musik* musi kunstler* kinschtler* artist*
        track* soundtrack* spotify youtube vimeo pandora radio stern sterne sternen stean bewert
        bewerte bewerten bewertets punkte punkt punktn punkten serie serien fernseh* tv show
        trailer film+lauft lauft+film kino sonne+scheint scheint+sonne
        roman* gemald* gemoid* foto* video* videospiel*
        horen hean heern hern heama
        spielfilm* buach+hoasst buach+nume essay aufsatz buchreihe hochsttemperatur*
        tiefsttemperatur* melodie* streaming witz*
    """,
    "en": """
        weather forecast* movie+playing film+playing cinema
        rain* snow* sunny cloud* windy wind humid* temperature* degrees chill*
        chilly cold* colder warm* hot hotter umbrella storm* stormy coat sunscreen freez* heat
        blizzard* hail fog* shorts jacket overcast tornado* hurricane* precipitation song* tune*
        album* track* playlist* music artist* listen spotify youtube pandora itunes deezer
        soundtrack* stars points rate television tv novel* painting photograph* trailer* saga
        the+show book+name what+be+like it+be+like movie+schedule movie+times film+times
        textbook* essay*
        chronicle* lyrics band radio podcast* joke* riddle*
    """,
}
# Deeds. "cut" verbs whose other half stands at the end are written as two stems with a gap: a+b.
CANCEL = {
    "de": """
        losch* lesch* stornier* storniar* streich* absag* absog* obsog* abgesagt abbrech*
        obbrech* entfern* bereinig* verwirf* verwerf* annullier* ausschalt* ausschoit*
        deaktivier* beend* stopp* stop ausfall* leer* lear* wegmach* loswerd* canc*
        wecker*+ausmach* wecka*+ausmach* alarm*+ausmach* erinner*+ausmach* abmeld* abbestell*
        widerruf* sag*+ab sog*+ab sog*+ob lehn*+ab schalt*+aus schalt*+ab schoit*+aus
        schoid*+aus scholt*+aus schoit*+ob schoid*+ob schalt*+ob mach*+wecker*+aus
        mach*+wecka*+aus mach*+alarm*+aus mach*+erinner*+aus tua*+weck tua*+weg tu*+weg dua*+weg
        nimm*+raus setz*+zuruck setz*+zruck dreh*+ob dreh*+ab brich*+ab stell*+aus stell*+ab
        stei*+ob schmeiss*+raus werf*+raus rausnehm* herausnehm* rausstreich* aufheb*
        ruckgangig* abblas* abgeblas* nehm*+raus nehm*+heraus brauch*+nicht+mehr
        brauch*+ned+mehr brauch*+nimmer brauch*+nimma fallt+aus wegfall* kann+weg konn+weg
        sog*+o doa*+weg doa*+weck streich*+raus
    """,
    "en": """
        reset cancel* delete* remov* erase* clear* drop dismiss* disable* scratch wipe*
        withdraw* clean+calendar clean+schedule unset get+rid turn+off switch+off shut+off
        take+off call+off stop undo annul* scrap abort* revoke* void strike+calendar strike+off
        strike+from no+longer+need no+longer+needed don't+need+anymore don't+need+any+more
    """,
}
MOVE = {
    "de": """
        verschieb* schieb* nach+hinten nach+vorn* verschob* verschuib* verschiab* umbuch*
        verleg* aktualisier* bearbeit* verlanger* verkurz* schlummer* snooz* pausier* umplan*
        vorverleg* nachverleg* umleg* abander* verander* vorzieh* andert anderst zieh*+vor
        zieh*+nach wechsel*+zu no+amoi no+moi lass*+beginnen neue+fur tausch* umleg* verschiam
        verschiabm verschiebt mach*+spater mach*+fruher auf+spater auf+fruher
    """,
    "en": """
        reschedul* update+calendar update+meeting update+appointment update+schedule
        update+event update+reminder update+alarm move+meeting* move+appointment* move+appt
        move+event move+it move+trip move+lunch move+dinner postpon* push delay* change+meeting*
        change+appointment* change+appt change+it change+time change+date change+calendar
        change+event change+alarm change+day change+schedule change+reservation change+title
        change+location change+name change+party change+trip change+room change+lunch be+changed
        make+meeting+start* make+meeting+end* let+meeting+start* let+start+at make+earlier
        make+later modif* shift* snooz* pause* extend* rename* edit* adjust* swap* bring+forward
        put+off switch+appointment* switch+meeting* switch+slot switch+reservation* rebook*
        rearrang* make+hour+later make+hour+earlier
    """,
}
CREATE = {
    "de": """
        buch buche buchen buchs buacha* buach* buchn reservier* resavier* reserviar* vereinbar*
        plane planen plan erstell* eastell* erstoi* eintrag* eintrog* anleg* aufsetz* erinner
        erinnere erinnern erinnad erinnat erinnert organisier* bestell* bstell* bstoi*
        arrangier* hinzufug* triff treffen+mit ausmachen setz* leg*+fest leg*+an leg*+in
        trag*+ein trog*+ein fug*+hinzu fug*+kalender mach*+termin mach*+reserv* mach*+resav*
        mach*+aus stell stelle stellen stei stoi steell brauch*+termin brauch*+wecke*
        brauch*+wegga* brauch*+wecka* brauch*+erinner* brauch*+erinnar* brauch*+tisch
        brauch*+disch brauch*+reserv* brauch*+resav* brauch*+platz benotig* hatt*+gern
        hatt*+gerne hatt*+termin wurd*+gern+kommen mocht*+kommen mocht*+termin mocht*+reservier*
        mocht*+buch* tisch disch dischl platz blotz reservierung resavierung tua*+eini dua*+eini
        schreib*+auf schreib*+ein notier* bschtell* ansetz* ansetzen vormerk* merk*+vor einplan*
        plan*+ein einschieb* dazwischenschieb* drannehm* drankomm* reinkomm* vorbeikomm*
        reinquetsch* blockier*
    """,
    "en": """
        want+eat place+eat book* schedul* add adds adding create* remind reserv* arrang*
        organiz* organis* plan make+appointment* make+reservation* make+meeting make+event
        make+appt make+appiontment make+note make+it make+one make+alert* make+sure set setup
        put stick notif* alert tell+me+to remember+me let+me+forget let+me+know+in wake flag
        mark note invite* try+again try+for register enrol* see+dentist see+doctor see+therapist
        see+a+dentist see+a+doctor visit*+dentist visit*+doctor visit*+salon visit*+therapist
        visit*+there visit+the get+appointment* get+appt have+appointment+at like+appointment
        need+appointment want+appointment wish+appointment go+dentist go+salon go+doctor
        go+therapist go+there anything+available+at something+available+at slot+available
        available+slot anything+available+on table restaurant i+forget set+up pencil* squeeze*
        fit+me sign+up slot+me save+date save+spot hold+slot hold+spot block enter+meeting
        enter+appointment enter+event want+on want+at like+on like+at like+for appiontment+for
    """,
}
SHOW = {
    "de": """
        zeig* zoag* zag* find* pruf* uberpruf* check* list* lies* lese* les offne* anzeig* nenn*
        erzahl* wissen bescheid verfugbar* frei beschaftigt bring* teilnehm* informationen
        details dauer blend* schau* such* suach* verfugung verbleibend* blei* ubrig sag*+mir
        sagen+mir zeit+fur minuten+in termin+nach prasentier* durchseh* vorles* konn*+zoagn
        ozoagn anzoagn
    """,
    "en": """
        show find* search* look* locate* check* list tell view display see read available
        availability free busy know details info information open opening openings attending
        attend attendees remaining left describe give
    """,
}
ASKING = {
    "de": """
        wann wo wohin wer wen wem was wos welch* welle weiche wie wia wieviel wieso warum womit
        worum mit+wem bei+wem von+wem um+wie+viel wofur fir+welle fur+wos fia+wos auf+wos
        auf+was auf+welche fia+wia fur+welche fia+weiche
    """,
    "en": """
        when when's whens where where's wheres who who's whos whom what what's whats which how
        how's hows why whose
    """,
}
YES_NO = {
    "de": """
        bin han hend ist is isch isches steht sind san hab habe hob hat hast haben gibt gibts
        wird werd werds wearts weart kann kannst konn soll muss mussen darf trifft wurden
        erwartet braucht brauche werden
    """,
    "en": """
        am is are do does did have has will can could would should was were shall may any
    """,
}
# Things of a calendar; who names one and a time without a verb wants it written down.
THINGS = {
    "de": """
        termin* meeting* treffen* besprechung* sitzung* verabredung* kalender* veranstaltung*
        erinnerung* erinnarung* wecker* wecka* wegga* alarm* zeitplan* reservierung* restaurant*
        essen abendessen mittagessen mittogessn* arzt* konferenz* raum* zimmer* plan* event*
        fruhstuck* buro* tagungsraum* weckzeit* teilnehmer*
    """,
    "en": """
        meeting* appointment* appt* event* calendar* reminder* alarm* schedul* reservation*
        dinner lunch brunch breakfast party conference* trip dentist* doctor* salon* saloon*
        therapist* table restaurant* haircut* birthday* wedding* class* call flight vacation*
        interview* practice
    """,
}
# People and shops that callers look for before they book.
PROVIDERS = """
    therapy dentist* doctor* salon* saloon* therapist* psycholog* psychiatr* dermatolog*
    gynecolog* practitioner* counselor* barber* stylist* specialist* physician* hairdresser*
    groomer* ophthalmolog* gynaecolog* pediatric* cardiolog* ent general+practitioner
    family+counselor
"""


def pattern(stem: str) -> str:
    """A stem of the tables as a regular expression: endings, and halves with a gap between."""
    halves = [half[:-1] + r"\w*" if half.endswith("*") else half for half in stem.split("+")]
    return r"\b" + r"\b.{0,120}?\b".join(halves) + r"\b"


def compiled(words: str) -> re.Pattern[str]:
    return re.compile("|".join(pattern(stem) for stem in words.split()))
