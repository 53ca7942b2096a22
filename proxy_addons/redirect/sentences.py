"""What people read in an answer that did not come from the service they asked."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of one language."""

    answered: str
    """Fields: `owner`, `model`, `service`."""
    owner: str
    """The model's owner by name. Field: `organization`."""
    nameless: str
    """The model's owner when the settings name none."""
    some_service: str
    """The service asked when it has no name."""
    broke_off: str


LANGUAGES = {
    "en": Sentences(
        "[Answered by {owner} internal model {model}; nothing was sent to {service}.]",
        "{organization}'s",
        "the company's",
        "the service",
        "The internal model stopped before its answer was complete. Please send the prompt again.",
    ),
    "de": Sentences(
        "[Beantwortet vom internen Modell {model} {owner}; an {service} wurde nichts gesendet.]",
        "von {organization}",
        "des Unternehmens",
        "den Dienst",
        "Das interne Modell hat seine Antwort abgebrochen. Bitte senden Sie die Anfrage noch "
        "einmal.",
    ),
    "fr": Sentences(
        "[Réponse du modèle interne {model} {owner} ; rien n'a été envoyé à {service}.]",
        "de {organization}",
        "de l'entreprise",
        "ce service",
        "Le modèle interne s'est arrêté avant la fin de sa réponse. Veuillez renvoyer la demande.",
    ),
    "es": Sentences(
        "[Respuesta del modelo interno {model} {owner}; no se ha enviado nada a {service}.]",
        "de {organization}",
        "de la empresa",
        "este servicio",
        "El modelo interno se detuvo antes de terminar su respuesta. Vuelva a enviar la petición.",
    ),
}


def notice(language: str, organization: str, model: str, service: str) -> str:
    """The line that stands above a redirected answer; `organization`, `service` may be empty."""
    said = LANGUAGES[language]
    owner = said.owner.format(organization=organization) if organization else said.nameless
    return said.answered.format(owner=owner, model=model, service=service or said.some_service)


def broke_off(language: str) -> str:
    """What stands where an answer broke off."""
    return LANGUAGES[language].broke_off
