"""What people read in their chat when something was not sent: short, plain, blaming nobody."""

from collections.abc import Iterable

from policy.classes import title

DISTRUST = (
    "a client does not trust the CA: its requests to %s fail; "
    "let it trust the CA: penstock ca install, or per program: penstock ca env"
)
"""For operators, with the host."""

_PROMPT = {"en": "prompt", "de": "Anfrage", "fr": "cette demande", "es": "esta petición"}
_FILE = {"en": "file", "de": "Datei", "fr": "ce fichier", "es": "este archivo"}
_LOOKS_LIKE = {
    "en": "Not sent: this {what} looks like it contains sensitive data – {things}.",
    "de": "Nicht gesendet: Diese {what} enthält anscheinend schützenswerte Daten – {things}.",
    "fr": "Non envoyé : {what} semble contenir des données sensibles – {things}.",
    "es": "No se ha enviado: {what} parece contener datos sensibles – {things}.",
}
_UNREAD = {
    "en": "Not sent: this {what} holds parts that could not be checked ({things}).",
    "de": "Nicht gesendet: Teile dieser {what} konnten nicht geprüft werden ({things}).",
    "fr": "Non envoyé : certaines parties de {what} n'ont pas pu être vérifiées ({things}).",
    "es": "No se ha enviado: partes de {what} no se han podido comprobar ({things}).",
}
_POLICY = {
    "en": "Not sent: the company's rules for AI services do not allow this {what}.",
    "de": "Nicht gesendet: Die Unternehmensregeln für KI-Dienste lassen diese {what} nicht zu.",
    "fr": "Non envoyé : les règles de l'entreprise pour les services d'IA ne le permettent pas.",
    "es": "No se ha enviado: las normas de la empresa para servicios de IA no lo permiten.",
}
_UNCHECKED = {
    "en": "Not sent: this request could not be checked. Please try again in a moment.",
    "de": "Nicht gesendet: Diese Anfrage konnte nicht geprüft werden. Bitte gleich noch einmal "
    "versuchen.",
    "fr": "Non envoyé : cette demande n'a pas pu être vérifiée. Veuillez réessayer dans un "
    "instant.",
    "es": "No se ha enviado: esta petición no se ha podido comprobar. Inténtelo de nuevo en un "
    "momento.",
}
_UNREADABLE = {
    "en": "Not sent: the content of this request cannot be read ({reason}).",
    "de": "Nicht gesendet: Der Inhalt dieser Anfrage ist nicht lesbar ({reason}).",
    "fr": "Non envoyé : le contenu de cette demande est illisible ({reason}).",
    "es": "No se ha enviado: el contenido de esta petición no se puede leer ({reason}).",
}
_KEPT_INSIDE = {
    "en": "Not sent: this message was answered inside the company, so the service cannot answer it "
    "again. Please send it once more as a new message.",
    "de": "Nicht gesendet: Diese Nachricht wurde im Unternehmen beantwortet; der Dienst kann sie "
    "nicht noch einmal beantworten. Bitte als neue Nachricht senden.",
    "fr": "Non envoyé : ce message a reçu sa réponse dans l'entreprise, le service ne peut pas y "
    "répondre de nouveau. Veuillez le renvoyer comme nouveau message.",
    "es": "No se ha enviado: este mensaje se respondió dentro de la empresa y el servicio no puede "
    "responderlo de nuevo. Envíelo como mensaje nuevo.",
}
_TOO_LONG = {
    "en": "Not sent: this has to be answered inside the company, and is longer than what the "
    "models there can read. Please send a shorter message, or a part of the file.",
    "de": "Nicht gesendet: Dies muss im Unternehmen beantwortet werden und ist länger, als die "
    "Modelle dort lesen können. Bitte eine kürzere Nachricht senden oder einen Teil der Datei.",
    "fr": "Non envoyé : la réponse doit venir de l'entreprise, et c'est plus long que ce que ses "
    "modèles peuvent lire. Veuillez envoyer un message plus court ou une partie du fichier.",
    "es": "No se ha enviado: la respuesta debe venir de la empresa y es más largo de lo que sus "
    "modelos pueden leer. Envíe un mensaje más corto o una parte del archivo.",
}
_ELSEWHERE = {
    "en": "This message is answered inside the company.",
    "de": "Diese Nachricht wird im Unternehmen beantwortet.",
    "fr": "Ce message reçoit sa réponse dans l'entreprise.",
    "es": "Este mensaje se responde dentro de la empresa.",
}
_UNREACHED = {
    "en": "Not sent: the service {host} cannot be reached now ({why}).",
    "de": "Nicht gesendet: Der Dienst {host} ist gerade nicht erreichbar ({why}).",
    "fr": "Non envoyé : le service {host} est injoignable en ce moment ({why}).",
    "es": "No se ha enviado: el servicio {host} no está accesible ahora ({why}).",
}
_BROKEN_OFF = {
    "en": "No answer: the connection to {host} broke off ({why}).",
    "de": "Keine Antwort: Die Verbindung zu {host} brach ab ({why}).",
    "fr": "Pas de réponse : la connexion à {host} a été interrompue ({why}).",
    "es": "Sin respuesta: la conexión con {host} se interrumpió ({why}).",
}
_PARTS = {
    "image": {"en": "image", "de": "Bild", "fr": "image", "es": "imagen"},
    "audio": {"en": "audio", "de": "Ton", "fr": "audio", "es": "audio"},
    "file": {"en": "file", "de": "Datei", "fr": "fichier", "es": "archivo"},
    "archive": {
        "en": "archive too large or too deep",
        "de": "Archiv zu groß oder zu tief",
        "fr": "archive trop grande ou trop profonde",
        "es": "archivo comprimido muy grande o muy anidado",
    },
    "damaged": {
        "en": "damaged file",
        "de": "beschädigte Datei",
        "fr": "fichier endommagé",
        "es": "archivo dañado",
    },
    "encrypted": {
        "en": "file with a password",
        "de": "Datei mit Passwort",
        "fr": "fichier protégé par mot de passe",
        "es": "archivo con contraseña",
    },
    "call": {
        "en": "call that does not lead through here",
        "de": "Anruf, der nicht hier durchführt",
        "fr": "appel qui ne passe pas par ici",
        "es": "llamada que no pasa por aquí",
    },
    "tokens": {
        "en": "token numbers",
        "de": "Token-Nummern",
        "fr": "numéros de jetons",
        "es": "números de tokens",
    },
}
_REASONS = {
    "content-encoding": {
        "en": "unknown compression",
        "de": "unbekannte Kompression",
        "fr": "compression inconnue",
        "es": "compresión desconocida",
    },
    "too-large": {"en": "too large", "de": "zu groß", "fr": "trop volumineux", "es": "muy grande"},
    "ratio": {
        "en": "compressed too strongly",
        "de": "zu stark komprimiert",
        "fr": "trop fortement compressé",
        "es": "demasiado comprimido",
    },
    "malformed": {
        "en": "not in the format it claims",
        "de": "nicht im angegebenen Format",
        "fr": "pas dans le format annoncé",
        "es": "no está en el formato indicado",
    },
    "trailers": {
        "en": "extra headers after the content",
        "de": "weitere Kopfzeilen hinter dem Inhalt",
        "fr": "en-têtes après le contenu",
        "es": "cabeceras tras el contenido",
    },
    "corrupt": {
        "en": "damaged compression",
        "de": "beschädigte Kompression",
        "fr": "compression endommagée",
        "es": "compresión dañada",
    },
}


def refused(
    found: Iterable[tuple[str, str]],
    unread: Iterable[str],
    tell: str,
    language: str,
    *,
    is_file: bool = False,
) -> str:
    """Why a prompt, or a file, was not sent: the kinds of data a rule is about, then what the rule
    says. `found` are data classes, each with what the rule that found it calls it, or nothing."""
    what, things = (_FILE if is_file else _PROMPT)[language], ""
    if named := list(dict.fromkeys(_called(*each, language) for each in sorted(found))):
        things = ", ".join(named)
        why = _LOOKS_LIKE
    elif parts := [_PARTS.get(p, {}).get(language, p) for p in dict.fromkeys(unread)]:
        things = ", ".join(parts)
        why = _UNREAD
    else:
        why = _POLICY
    return f"{why[language].format(what=what, things=things)} {tell}".rstrip()


def _called(data_class: str, name: str, language: str) -> str:
    """Kinds that the law knows have a name in every language; the company's own only its own, which
    stays as it is written: it may be a proper name."""
    if name and data_class.startswith("custom."):
        return name
    known = title(data_class, language)
    return known if language == "de" else _within(known)


def _within(title: str) -> str:
    """A title as it stands within a sentence: `Payment card number` is no proper name."""
    first, _, rest = title.partition(" ")
    if first[1:] != first[1:].lower() or rest[:1].isupper():
        return title
    return title[:1].lower() + title[1:]


def unchecked(language: str) -> str:
    """Inspection failed or was late."""
    return _UNCHECKED[language]


def unanswered(host: str, why: str, language: str, *, is_asked: bool) -> str:
    """The service could not be reached, or, if it `is_asked`, gave no answer."""
    said = _BROKEN_OFF if is_asked else _UNREACHED
    return said[language].format(host=host, why=why.rstrip(". "))


def elsewhere(language: str) -> str:
    """What a service gets in place of a message that it has to give an id."""
    return _ELSEWHERE[language]


def kept_inside(language: str) -> str:
    """A turn that was answered inside is asked of the service again."""
    return _KEPT_INSIDE[language]


def too_long(language: str) -> str:
    """No internal model reads as much as a conversation is long."""
    return _TOO_LONG[language]


def unreadable(reason: str, language: str) -> str:
    """The body cannot be looked into; `reason` is a code of `decoding` or of the guard."""
    return _UNREADABLE[language].format(reason=_REASONS.get(reason, {}).get(language, reason))
