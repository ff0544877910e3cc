"""What --help says, in both languages: by command, and by option (an option of one command as `command.option`)."""

from __future__ import annotations

from cadran.errors import Text

PANELS = {
    "commands": Text("Commandes", "Commands"),
    "arguments": Text("Arguments", "Arguments"),
    "options": Text("Options", "Options"),
}
MARKS = {"default": Text("par défaut : {}", "default: {}"), "required": Text("obligatoire", "required")}
HELP_OPTION = Text("Affiche cette aide.", "Shows this help.")

COMMANDS = {
    "": Text(
        "Mesure une force de vente B2B, explique les chiffres et aide à agir.",
        "Measures a B2B sales force, explains the numbers and helps act on them.",
    ),
    "init": Text("Crée une entreprise dans un dossier.", "Creates a company in a folder."),
    "demo": Text(
        "Crée l’entreprise d’exemple, importe ses fichiers et montre son tableau de bord.",
        "Creates the sample company, imports its files and shows its scorecard.",
    ),
    "user": Text("Gère les personnes qui ont accès.", "Manages the people who have access."),
    "user add": Text(
        "Donne accès à une personne, ou change son rôle.", "Gives a person access, or changes their role."
    ),
    "doctor": Text(
        "Montre la santé des données : ce qu’il y a, ce qui manque ou se contredit, ce que chaque indicateur peut "
        "répondre. Retient dans l’historique les réglages changés depuis le dernier import.",
        "Shows the health of the data: what is there, what is missing or contradicts itself, what each KPI can "
        "answer. Keeps settings changed since the last import in the history.",
    ),
    "serve": Text("Ouvre les pages de l’entreprise dans un navigateur.", "Serves the company’s pages to a browser."),
    "import": Text(
        "Importe des fichiers : tout ou rien, et rien n’est perdu.",
        "Imports files: all or nothing, and nothing is lost.",
    ),
    "imports": Text("Montre les imports ; permet d’en annuler un.", "Shows the imports; can undo one."),
    "imports list": Text("Liste les imports.", "Lists the imports."),
    "imports show": Text(
        "Montre un import : fichiers, lignes, avertissements.", "Shows an import: files, rows, warnings."
    ),
    "imports undo": Text(
        "Annule un import, même ancien, comme s’il n’avait pas eu lieu.",
        "Undoes an import, an old one too, as if it had not happened.",
    ),
    "quarantine": Text("Montre les lignes mises en quarantaine.", "Shows the rows in quarantine."),
    "quarantine list": Text(
        "Liste les lignes en quarantaine et leurs motifs.", "Lists the rows in quarantine and why."
    ),
    "quarantine export": Text(
        "Écrit les lignes en quarantaine dans un fichier à corriger.",
        "Writes the rows in quarantine to a file to correct.",
    ),
    "quarantine replay": Text("Importe un fichier de lignes corrigées.", "Imports a file of corrected rows."),
    "ask": Text("Répond à une question sur un ou plusieurs indicateurs.", "Answers a question about one or more KPIs."),
    "explain": Text("Explique un chiffre : en mots, puis en SQL.", "Explains a number: in words, then in SQL."),
    "changes": Text(
        "Dit pourquoi un chiffre n’est plus ce qu’il était : lignes, réglages, définitions.",
        "Tells why a number is not what it was: rows, settings, definitions.",
    ),
    "rows": Text("Montre les lignes derrière un chiffre.", "Shows the rows behind a number."),
    "scorecard": Text(
        "Montre les cinq indicateurs face à leurs objectifs.", "Shows the five KPIs against their objectives."
    ),
    "kpi": Text("Montre les indicateurs ; vérifie une définition.", "Shows the KPIs; checks a definition."),
    "kpi list": Text("Liste les indicateurs.", "Lists the KPIs."),
    "kpi show": Text("Montre la définition d’un indicateur.", "Shows the definition of a KPI."),
    "kpi check": Text(
        "Vérifie un fichier de définitions et dit tous ses problèmes.",
        "Checks a file of definitions and tells all its problems.",
    ),
}

PARAMETERS = {
    "workspace": Text("Dossier de l’entreprise.", "Folder of the company."),
    "lang": Text(
        "Langue de la réponse ; par défaut, celle de l’entreprise.", "Language of the answer; by default the company's."
    ),
    "format": Text("Forme de la réponse.", "Form of the answer."),
    "kpis": Text("Indicateurs, séparés par des virgules.", "KPIs, separated by commas."),
    "by": Text(
        "Découpe par company, team, rep ou une dimension comme segment.",
        "Splits by company, team, rep or a dimension such as segment.",
    ),
    "grain": Text("Découpe en day, week, month, quarter, year.", "Cuts into day, week, month, quarter, year."),
    "period": Text(
        "Période : 2026-01-31, 2026-S05, 2026-01, 2026-T1, 2026, FY2026 ; par défaut, le trimestre en cours.",
        "Period: 2026-01-31, 2026-W05, 2026-01, 2026-Q1, 2026, FY2026; by default the running quarter.",
    ),
    "start": Text("Premier jour de la période.", "First day of the period."),
    "end": Text("Lendemain du dernier jour de la période.", "Day after the last day of the period."),
    "where": Text(
        "Ne compte que les lignes qui remplissent une condition, comme \"segment = 'PME'\".",
        "Counts only the rows that meet a condition, such as \"segment = 'PME'\".",
    ),
    "compare": Text("Compare à previous, last_year, target.", "Compares with previous, last_year, target."),
    "as_of": Text(
        "Ce qui est connu le soir de ce jour ; par défaut, hier.",
        "As known on the evening of that day; by default yesterday.",
    ),
    "known_on": Text(
        "Les données telles qu’elles étaient ce jour-là, ou à cet instantané.",
        "The data as they were that day, or at that snapshot.",
    ),
    "since": Text(
        "Depuis ce qui était connu le soir de ce jour, ou à cet instantané.",
        "Since what was known on the evening of that day, or at that snapshot.",
    ),
    "until": Text(
        "Jusqu’à ce qui était connu le soir de ce jour, ou à cet instantané ; par défaut, maintenant.",
        "Until what was known on the evening of that day, or at that snapshot; by default now.",
    ),
    "plan": Text(
        "Montre ce que le moteur lira, tables et lignes estimées, au lieu du SQL.",
        "Shows what the engine will read, tables and estimated rows, instead of the SQL.",
    ),
    "viewer": Text("Répond ce que cette personne peut voir.", "Answers what that person may see."),
    "scorecard.by": Text("Découpe par company, team, rep.", "Splits by company, team, rep."),
    "folder": Text("Dossier à créer.", "Folder to create."),
    "name": Text("Nom de l’entreprise.", "Name of the company."),
    "currency": Text("Devise dans laquelle tout est montré.", "The currency everything is shown in."),
    "fiscal_month": Text("Premier mois de l’exercice.", "First month of the fiscal year."),
    "country": Text("Pays dont les jours fériés comptent.", "The country whose public holidays count."),
    "timezone": Text(
        "Fuseau horaire ; par défaut, celui du pays s’il n’en a qu’un.",
        "Time zone; by default that of the country, if it has only one.",
    ),
    "init.lang": Text("Langue de l’entreprise.", "Language of the company."),
    "demo.folder": Text("Dossier de l’entreprise d’exemple.", "Folder of the sample company."),
    "email": Text("Adresse de la personne.", "Address of the person."),
    "role": Text("Ce que la personne peut voir.", "What the person may see."),
    "files": Text("Fichiers : CSV, Excel, Parquet, JSON.", "Files: CSV, Excel, Parquet, JSON."),
    "table": Text("Table remplie ; par défaut, reconnue.", "The table to fill; recognised by default."),
    "mapping": Text(
        "Correspondance des colonnes : son nom, ou un fichier .yaml.",
        "Mapping of the columns: its name, or a .yaml file.",
    ),
    "source": Text("Nom du logiciel d’où viennent les fichiers.", "Name of the system the files come from."),
    "replace_period": Text(
        "Les fichiers sont toute la vérité de --source pour cette période, ou pour ALL.",
        "The files are the whole truth of --source for that period, or for ALL.",
    ),
    "dry_run": Text("Montre ce qui se passerait, sans rien écrire.", "Shows what would happen, writes nothing."),
    "yes": Text("Ne demande pas de confirmation.", "Asks for no confirmation."),
    "host": Text("Adresse à laquelle les pages répondent.", "Address the pages answer at."),
    "port": Text("Port.", "Port."),
    "workers": Text("Nombre de processus qui répondent.", "Number of processes that answer."),
    "import_id": Text("Numéro de l’import.", "Number of the import."),
    "file": Text("Fichier.", "File."),
    "kpi_id": Text("Identifiant de l’indicateur.", "Id of the KPI."),
    "path": Text("Fichier .yaml de définitions.", "A .yaml file of definitions."),
}
