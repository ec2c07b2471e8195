"""A small German collection, written for the tests: six subjects of five paragraphs, and questions about them.

``CLOSE`` questions share words with the paragraph that answers them, ``FAR`` ones few or none; each names its
paragraph as subject and place. ``UNANSWERED`` are of the same kind and have no answer here.
"""

from __future__ import annotations

PARAGRAPHS = {
    "museum": [
        (
            "Das Stadtmuseum ist dienstags bis sonntags von zehn bis achtzehn Uhr geöffnet. An Montagen und am "
            "ersten Weihnachtstag bleibt es geschlossen."
        ),
        (
            "Erwachsene zahlen neun Euro Eintritt. Kinder unter zwölf Jahren kommen kostenlos hinein, Studierende"
            " erhalten gegen Vorlage ihres Ausweises die Hälfte des Preises zurück."
        ),
        (
            "Im Erdgeschoss hängen Gemälde des siebzehnten Jahrhunderts. Die Sammlung der Glasbläser aus der "
            "Region steht im zweiten Stock in beleuchteten Vitrinen."
        ),
        ("Fotografieren ist ohne Blitz erlaubt. Stative und Selfiestangen müssen an der Garderobe abgegeben werden."),
        (
            "Führungen in Gebärdensprache finden an jedem dritten Samstag statt. Eine Anmeldung ist bis zum "
            "Donnerstag davor nötig, da die Gruppen auf zwölf Personen begrenzt sind."
        ),
    ],
    "rad": [
        (
            "Wer ein Fahrrad mietet, hinterlegt eine Kaution von fünfzig Euro. Sie wird erstattet, sobald das Rad"
            " unbeschädigt zurückgebracht ist."
        ),
        (
            "Der Uferweg führt über vierzig Kilometer flach am See entlang. Nur hinter dem Dorf Kahlbach steigt "
            "er auf einem kurzen Stück steil an."
        ),
        (
            "Bei einem platten Reifen hilft die Werkstatt am Bahnhof. Ein Schlauch wird dort meist innerhalb "
            "einer halben Stunde gewechselt."
        ),
        (
            "Elektrische Räder schaffen mit einem vollen Akku rund achtzig Kilometer. Kälte verkürzt die "
            "Reichweite um etwa ein Fünftel."
        ),
        (
            "In Regionalzügen braucht jedes Rad eine eigene Fahrkarte. Werktags zwischen sechs und neun Uhr "
            "dürfen Räder gar nicht mitgenommen werden."
        ),
    ],
    "brot": [
        (
            "Ein Sauerteig entsteht aus Mehl und Wasser, die fünf Tage lang warm stehen. Milchsäurebakterien und "
            "wilde Hefen lassen ihn gären."
        ),
        (
            "Roggenbrot wird bei zweihundertfünfzig Grad angebacken. Nach zehn Minuten senkt der Bäcker die "
            "Temperatur, damit die Kruste nicht verbrennt."
        ),
        (
            "Frisches Brot hält sich in einem Tontopf bis zu einer Woche. Im Kühlschrank wird es schneller "
            "altbacken, weil die Stärke dort rascher auskristallisiert."
        ),
        ("Salz stärkt das Klebergerüst und bremst die Gärung. Zwei Prozent der Mehlmenge gelten als übliche Zugabe."),
        (
            "Wer kein Gluten verträgt, greift zu Buchweizen oder Hirse. Flohsamenschalen ersetzen dann die "
            "Bindung, die sonst das Eiweiß des Weizens liefert."
        ),
    ],
    "wetter": [
        (
            "Gewitter entstehen, wenn feuchte, warme Luft rasch aufsteigt. Im Innern der Wolke trennen aneinander"
            " reibende Eiskörner die elektrischen Ladungen."
        ),
        (
            "Der Föhn ist ein trockener, warmer Fallwind am Nordrand der Alpen. Viele Menschen klagen bei ihm "
            "über Kopfschmerzen."
        ),
        (
            "Nebel löst sich meist gegen Mittag auf, sobald die Sonne den Boden erwärmt. In Tälern kann er im "
            "Winter tagelang liegen bleiben."
        ),
        (
            "Hagelkörner wachsen schichtweise, während Aufwinde sie immer wieder nach oben tragen. Die größten "
            "erreichen den Umfang einer Grapefruit."
        ),
        (
            "Wettervorhersagen für drei Tage treffen heute so oft zu wie vor vierzig Jahren die für den nächsten "
            "Tag. Satelliten und schnellere Rechner haben das möglich gemacht."
        ),
    ],
    "garten": [
        (
            "Tomaten werden erst nach den Eisheiligen Mitte Mai ins Freie gepflanzt. Vorher könnte ein später "
            "Frost die jungen Triebe töten."
        ),
        (
            "Schnecken meiden Beete, um die ein breiter Streifen Sägemehl gestreut ist. Nach jedem Regen muss er "
            "erneuert werden."
        ),
        (
            "Ein Komposthaufen braucht Luft, Feuchtigkeit und abwechselnd grünes und braunes Material. Gekochte "
            "Speisen gehören nicht hinein, sie locken Ratten an."
        ),
        (
            "Obstbäume schneidet man im späten Winter, bevor der Saft steigt. Kirschen sind eine Ausnahme: Bei "
            "ihnen heilen Wunden im Sommer besser."
        ),
        (
            "Ein Teich von mindestens achtzig Zentimetern Tiefe friert nicht bis zum Grund durch. Fische und "
            "Frösche überstehen darin die kalte Jahreszeit."
        ),
    ],
    "miete": [
        (
            "Eine Wohnung kann mit einer Frist von drei Monaten gekündigt werden. Das Schreiben muss spätestens "
            "am dritten Werktag beim Vermieter eingehen."
        ),
        (
            "Die Nebenkosten werden einmal im Jahr abgerechnet. Wer zu viel vorausgezahlt hat, bekommt das "
            "Guthaben innerhalb von vier Wochen überwiesen."
        ),
        (
            "Zwischen zweiundzwanzig und sechs Uhr gilt Nachtruhe im Haus. Waschmaschinen und Bohrer dürfen dann "
            "nicht laufen."
        ),
        (
            "Schimmel an den Wänden ist dem Vermieter sofort zu melden. Unterbleibt das, haftet der Mieter für "
            "Schäden, die dadurch größer werden."
        ),
        (
            "Haustiere sind nach Absprache gestattet. Hamster, Wellensittiche und andere Kleintiere brauchen "
            "keine Zustimmung."
        ),
    ],
}

CLOSE = [
    ("An welchen Tagen ist das Museum geschlossen?", "museum", 0),
    ("Wie viel Eintritt zahlt ein Erwachsener im Museum?", "museum", 1),
    ("In welchem Stock steht die Sammlung der Glasbläser?", "museum", 2),
    ("Darf man mit Blitz fotografieren?", "museum", 3),
    ("Wann findet eine Führung in Gebärdensprache statt?", "museum", 4),
    ("Wie hoch ist die Kaution für gemietete Fahrräder?", "rad", 0),
    ("Wie viele Kilometer ist der Uferweg am See lang?", "rad", 1),
    ("Wo wird der Schlauch eines Reifens gewechselt?", "rad", 2),
    ("Braucht man für Räder im Regionalzug Fahrkarten?", "rad", 4),
    ("Woraus entstehen Sauerteige?", "brot", 0),
    ("Bei wie viel Grad werden Roggenbrote angebacken?", "brot", 1),
    ("Wie lange hält frisches Brot im Tontopf?", "brot", 2),
    ("Wie viel Salz gibt man zum Mehl?", "brot", 3),
    ("Wie entsteht ein Gewitter?", "wetter", 0),
    ("Wann löst sich der Nebel auf?", "wetter", 2),
    ("Wie wächst ein Hagelkorn?", "wetter", 3),
    ("Wann darf man die Tomate ins Freie pflanzen?", "garten", 0),
    ("Wann schneidet man einen Obstbaum?", "garten", 3),
    ("Mit welcher Frist kündigt man Wohnungen?", "miete", 0),
    ("Wann werden Nebenkosten abgerechnet?", "miete", 1),
]

FAR = [
    ("Bekommen Hochschüler einen Rabatt auf ihr Ticket?", "museum", 1),
    ("Wo gebe ich mein Dreibein für die Kamera ab?", "museum", 3),
    ("Gibt es Rundgänge für Gehörlose?", "museum", 4),
    ("Bekomme ich mein Pfand nach der Leihe wieder?", "rad", 0),
    ("Gibt es auf der Strecke am Wasser Hügel?", "rad", 1),
    ("Wer repariert mir eine Panne unterwegs?", "rad", 2),
    ("Wie weit komme ich mit einem Pedelec im Winter?", "rad", 3),
    ("Kann ich morgens mit dem Velo in der Bahn pendeln?", "rad", 4),
    ("Welche Mikroorganismen stecken im Brotansatz?", "brot", 0),
    ("Warum soll ein Laib nicht gekühlt aufbewahrt werden?", "brot", 2),
    ("Was können Menschen mit Zöliakie zum Backen nehmen?", "brot", 4),
    ("Woher kommen Blitze?", "wetter", 0),
    ("Welche Strömung vom Gebirge löst Migräne aus?", "wetter", 1),
    ("Warum sind Prognosen der Meteorologen genauer geworden?", "wetter", 4),
    ("Wie hält man gefräßige Weichtiere vom Salat fern?", "garten", 1),
    ("Warum gehören Essensreste nicht in den Bioabfall hinterm Haus?", "garten", 2),
    ("Wie tief muss das Gewässer für Goldfische angelegt werden?", "garten", 4),
    ("Wann darf ich abends keinen Lärm mehr machen?", "miete", 2),
    ("Was passiert, wenn ich feuchte Flecken verschweige?", "miete", 3),
    ("Muss ich fragen, bevor ich mir einen Nager anschaffe?", "miete", 4),
]

UNANSWERED = [
    "Wer hat das Museum gegründet?",
    "Wie viele Besucher hat das Museum im Jahr?",
    "Gibt es im Museum ein Café?",
    "Welche Helme verleiht die Werkstatt?",
    "Wie schwer ist ein elektrisches Rad?",
    "Wie heißt der höchste Berg am See?",
    "Wie viele Kalorien hat Roggenbrot?",
    "Welche Brotsorte ist in Frankreich am beliebtesten?",
    "Wann wurde die Hefe entdeckt?",
    "Wie hoch war die höchste je gemessene Temperatur?",
    "Wie misst man den Luftdruck?",
    "Wie entsteht ein Regenbogen?",
    "Welche Rosen duften am stärksten?",
    "Wie oft soll man den Rasen mähen?",
    "Was kostet ein Gewächshaus?",
    "Wie hoch darf die Miete nach einer Sanierung steigen?",
    "Wer bezahlt den Makler?",
    "Darf der Vermieter die Wohnung ohne Ankündigung betreten?",
    "Welcher Bundeskanzler regierte am längsten?",
    "Wie viele Einwohner hat Portugal?",
]
