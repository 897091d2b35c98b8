"""Names that a cloud knows, with the source and the date of each list: a typo passes every grammar.

A list ages. So these limits are for what a person writes, and settings let `unlisted` pass; constructs check the grammar.
"""

import difflib
from collections.abc import Iterable

from constructs_lib.limits import vertex as places
from constructs_lib.limits.rule import Limit

__all__ = ["listed_location", "listed_region", "listed_service"]

_SUFFIX = ".googleapis.com"

_REGIONS = """
af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1
ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1
eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1
me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2 us-gov-east-1 us-gov-west-1
"""
# Two copies of Google's page: cloud-foundation-fabric at c60ae365, fast/stages/1-vpcsc/datasets/classic/
# restricted-services.yaml, and a newer public one; with serviceusage and sts. In doubt a name is listed: Google refuses it then.
_SERVICES = """
accessapproval accesscontextmanager adsdatahub agentcommunication aiplatform alloydb analyticshub apigee apigeeconnect
apikeys artifactregistry assuredworkloads automl backupdr batch beyondcorp biglake bigquery bigqueryconnection
bigquerydatapolicy bigquerydatatransfer bigquerymigration bigqueryreservation bigquerystorage bigtable
binaryauthorization certificatemanager cloudaicompanion cloudasset cloudbuild clouddeploy clouderrorreporting
cloudfunctions cloudkms cloudprofiler cloudresourcemanager cloudscheduler cloudsearch cloudsupport cloudtasks
cloudtrace composer compute confidentialcomputing config connectgateway connectors contactcenterinsights container
containeranalysis containerregistry containerthreatdetection datacatalog dataflow dataform datafusion datalineage
datamigration dataplex dataproc datastore datastream developerconnect dialogflow discoveryengine dlp dns documentai
edgecontainer essentialcontacts eventarc file financialservices firestore gameservices gkebackup gkeconnect gkehub
gkemulticloud gkeonprem healthcare iam iamcredentials iap iaptunnel ids integrations kmsinventory language
lifesciences livestream logging looker lustre managedidentities managedkafka memcache meshca metastore migrationcenter
ml modelarmor monitoring netapp networkconnectivity networkmanagement networksecurity networkservices notebooks
ondemandscanning opsconfigmonitoring orgpolicy osconfig oslogin parallelstore policysimulator policytroubleshooter
privateca privilegedaccessmanager publicca pubsub pubsublite rapidmigrationassessment recaptchaenterprise recommender
redis retail run secretmanager securesourcemanager securitycenter securitycentermanagement servicecontrol
servicedirectory servicehealth servicenetworking serviceusage spanner speakerid speech sqladmin storage
storagebatchoperations storageinsights storagetransfer sts texttospeech tpu trafficdirector transcoder translate
videointelligence videostitcher vision visionai vmmigration vmwareengine vpcaccess webrisk websecurityscanner
workflows workstations
"""
REGIONS = tuple(_REGIONS.split())
SERVICES = tuple(f"{name}{_SUFFIX}" for name in _SERVICES.split())


def nearest(value: str, known: Iterable[str]) -> str:
    """The hint with the names that may be meant, or an empty text.

    If a name differs only in case, spaces or `https://`, the hint has that name. Otherwise it has names that begin with the value,
    as `asia-east1` begins with `asia`, or else similar names.
    """
    names = {name.removesuffix(_SUFFIX): name for name in known}
    stem = value.strip().lower().removeprefix("https://").removesuffix(_SUFFIX)
    near = [stem] if stem in names else [name for name in names if name.startswith(f"{stem}-")]
    near = near or difflib.get_close_matches(stem, names, 3, 0.8)
    return f"did you mean {' or '.join(repr(names[name]) for name in near[:3])}?" if near else ""


def _listed(name: str, what: str, source: str, known: tuple[str, ...]) -> Limit:
    return Limit(name, what, source, known.__contains__, hint=lambda value: nearest(value, known))


listed_region = _listed(
    "listed_region",
    "a region of AWS",
    "botocore 1.44.5, endpoints.json, partitions aws and aws-us-gov, read on 2026-11-27",
    REGIONS,
)
listed_service = _listed(
    "listed_service",
    "a service that VPC Service Controls supports; `gcloud access-context-manager supported-services list` prints them",
    "VPC Service Controls, Supported products and limitations, from copies read on 2026-11-27",
    SERVICES,
)
listed_location = _listed(
    "listed_location",
    "a location of Vertex AI: 'global', a multi-region, 'us' or 'eu', or a region",
    "Vertex AI API, discovery document, revision 20261106: endpoints, read on 2026-11-27",
    places.LOCATIONS,
)
