use super::super::draw::Draw;
use super::super::words::{as_cased, replaced, words};
use super::{Kind, Outcome, Source, joined};

pub(super) const SENTENCES: Kind = Kind {
    name: "other-language",
    outcome: Outcome::Wrong,
    english: true,
    about: "One to three sentences in German, Spanish or French about matters of science and of stories.",
    make: sentences,
};

pub(super) const WORD_FOR_WORD: Kind = Kind {
    name: "other-language-words",
    outcome: Outcome::Wrong,
    english: true,
    about: "A right answer with words replaced one by one by German, Spanish or French ones, if that is possible for at least \
            two thirds of them.",
    make: word_for_word,
};

const GERMAN: [&str; 24] = [
    "Das Wasser verdunstet, wenn es warm wird.",
    "Der Strom fließt nur, wenn der Kreis geschlossen ist.",
    "Je kürzer die Saite ist, desto höher ist der Ton.",
    "Die Pflanze braucht Licht und Wasser, damit sie wächst.",
    "Er hat Angst, weil der Polizist ihn gesehen hat.",
    "Die Lampe geht aus, weil die Batterie leer ist.",
    "Das weiß ich nicht genau, aber ich glaube schon.",
    "Der Mann wollte nicht, dass die anderen es merken.",
    "Salz löst sich in warmem Wasser schneller auf.",
    "Der Stein ist härter als der Sand.",
    "Die Erde dreht sich in einem Tag einmal um sich selbst.",
    "Sie hat gelogen, damit ihr Freund nicht traurig ist.",
    "Weil Metall die Wärme gut leitet.",
    "Man muss die Masse vorher und nachher messen.",
    "Der Magnet zieht Eisen an, aber kein Holz.",
    "Beide Kugeln fallen gleich schnell.",
    "Die Schwerkraft zieht alles nach unten.",
    "Der Schatten wird länger, wenn die Sonne tief steht.",
    "Sie dachten, dass er ein Dieb sei.",
    "Es kommt darauf an, wie viel Luft darin ist.",
    "Der Versuch muss mehrmals wiederholt werden.",
    "Die Tiere finden dort mehr zu fressen.",
    "Der Draht berührt den anderen Pol.",
    "Wir haben die Temperatur jede Minute gemessen.",
];
const SPANISH: [&str; 20] = [
    "El agua se evapora cuando hace calor.",
    "La corriente solo pasa si el circuito está cerrado.",
    "La planta necesita luz y agua para crecer.",
    "Cuanto más corta es la cuerda, más agudo es el sonido.",
    "Tiene miedo porque el policía lo ha visto.",
    "La bombilla se apaga porque la pila está gastada.",
    "No lo sé muy bien, pero creo que sí.",
    "La sal se disuelve más rápido en agua caliente.",
    "La piedra es más dura que la arena.",
    "La Tierra gira sobre sí misma en un día.",
    "Ella mintió para no hacerle daño a su amigo.",
    "Porque el metal conduce bien el calor.",
    "Hay que medir la masa antes y después.",
    "El imán atrae el hierro, pero no la madera.",
    "Las dos bolas caen a la misma velocidad.",
    "La sombra es más larga por la tarde.",
    "Pensaban que era un ladrón.",
    "Depende de la cantidad de aire que haya dentro.",
    "Los animales encuentran allí más comida.",
    "El cable toca el otro polo.",
];
const FRENCH: [&str; 20] = [
    "L'eau s'évapore quand il fait chaud.",
    "Le courant ne passe que si le circuit est fermé.",
    "La plante a besoin de lumière et d'eau pour grandir.",
    "Plus la corde est courte, plus le son est aigu.",
    "Il a peur parce que le policier l'a vu.",
    "L'ampoule s'éteint parce que la pile est vide.",
    "Je ne sais pas très bien, mais je crois que oui.",
    "Le sel se dissout plus vite dans l'eau chaude.",
    "La pierre est plus dure que le sable.",
    "La Terre tourne sur elle-même en un jour.",
    "Elle a menti pour ne pas faire de peine à son ami.",
    "Parce que le métal conduit bien la chaleur.",
    "Il faut mesurer la masse avant et après.",
    "L'aimant attire le fer, mais pas le bois.",
    "Les deux boules tombent à la même vitesse.",
    "L'ombre est plus longue le soir.",
    "Ils pensaient que c'était un voleur.",
    "Cela dépend de la quantité d'air à l'intérieur.",
    "Les animaux y trouvent plus de nourriture.",
    "Le fil touche l'autre borne.",
];

/// English words with their German, Spanish and French counterparts.
const WORDS: &str = "the=der=el=le a=ein=un=un an=ein=un=un and=und=y=et or=oder=o=ou but=aber=pero=mais is=ist=es=est \
    are=sind=son=sont was=war=era=était were=waren=eran=étaient be=sein=ser=être because=weil=porque=parce it=es=lo=il \
    he=er=él=il she=sie=ella=elle they=sie=ellos=ils i=ich=yo=je you=du=tú=tu we=wir=nosotros=nous his=sein=su=son \
    her=ihr=su=sa their=ihr=su=leur not=nicht=no=pas no=kein=ningún=aucun to=zu=a=à of=von=de=de in=in=en=dans on=auf=sobre=sur \
    with=mit=con=avec from=von=desde=depuis for=für=para=pour that=dass=que=que this=dies=esto=ce if=wenn=si=si \
    when=wenn=cuando=quand than=als=que=que more=mehr=más=plus less=weniger=menos=moins so=so=así=donc very=sehr=muy=très \
    can=kann=puede=peut would=würde=sería=serait will=wird=será=sera has=hat=tiene=a have=haben=tener=avoir had=hatte=tenía=avait \
    as=als=como=comme by=durch=por=par at=bei=en=à what=was=qué=quoi who=wer=quien=qui which=welche=cual=lequel \
    there=dort=allí=là all=alle=todo=tout some=einige=algunos=quelques other=andere=otro=autre same=gleich=mismo=même \
    water=Wasser=agua=eau air=Luft=aire=air light=Licht=luz=lumière sun=Sonne=sol=soleil earth=Erde=tierra=terre \
    heat=Wärme=calor=chaleur plant=Pflanze=planta=plante plants=Pflanzen=plantas=plantes animal=Tier=animal=animal \
    animals=Tiere=animales=animaux sound=Ton=sonido=son string=Saite=cuerda=corde rock=Stein=roca=roche sand=Sand=arena=sable \
    salt=Salz=sal=sel battery=Batterie=pila=pile bulb=Lampe=bombilla=ampoule circuit=Kreis=circuito=circuit \
    terminal=Pol=polo=borne positive=positiv=positivo=positif negative=negativ=negativo=négatif closed=geschlossen=cerrado=fermé \
    open=offen=abierto=ouvert path=Weg=camino=chemin long=lang=largo=long short=kurz=corto=court \
    high=hoch=alto=haut low=tief=bajo=bas hot=heiß=caliente=chaud cold=kalt=frío=froid big=groß=grande=grand small=klein=pequeño=petit \
    man=Mann=hombre=homme woman=Frau=mujer=femme boy=Junge=niño=garçon girl=Mädchen=niña=fille people=Leute=gente=gens \
    police=Polizei=policía=police want=wollen=querer=vouloir wanted=wollte=quería=voulait think=denken=pensar=penser \
    thought=dachte=pensaba=pensait know=wissen=saber=savoir knew=wusste=sabía=savait did=tat=hizo=fit do=tun=hacer=faire \
    go=gehen=ir=aller make=machen=hacer=faire them=sie=ellos=eux him=ihn=él=lui my=mein=mi=mon your=dein=tu=ton \
    food=Essen=comida=nourriture time=Zeit=tiempo=temps only=nur=solo=seulement also=auch=también=aussi must=muss=debe=doit \
    into=in=en=dans up=auf=arriba=haut down=unten=abajo=bas one=ein=uno=un two=zwei=dos=deux";

fn sentences(_: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let language = [&GERMAN[..], &SPANISH, &FRENCH][draw.number(0, 2)];
    let own: Vec<&str> = language.iter().copied().filter(|sentence| draw.has(sentence)).collect();
    let count = draw.number(1, 3);
    (!own.is_empty()).then(|| joined(&draw.some(&own, count), " "))
}

fn word_for_word(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let language = draw.number(1, 3);
    let all = words(source.answer);
    let mut changes = Vec::new();
    for (place, word) in all.iter().enumerate() {
        let lower = word.lower();
        let row = WORDS
            .split_whitespace()
            .map(|row| row.split('=').collect::<Vec<_>>())
            .find(|row| row[0] == lower);
        if let Some(row) = row {
            changes.push((place, as_cased(row[language], word.text)));
        }
    }
    (all.len() >= 4 && 3 * changes.len() >= 2 * all.len()).then(|| replaced(source.answer, &all, &changes))
}
