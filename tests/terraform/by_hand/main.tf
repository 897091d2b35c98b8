# A set-up as teams write it by hand after the second article: its resources and names, in this project's words.
# tests/terraform/test_google_by_hand.py applies it, and lets an environment of the kit take it over.
variable "team" {
  default = "demo"
}

locals {
  account_id = "123456789012"
  number     = "345678901234"
  policy     = "accessPolicies/${google_access_context_manager_access_policy.scoped.name}"
  inside     = ["projects/${local.number}"]
}

provider "google" {
  project               = "my-project"
  billing_project       = "my-project"
  user_project_override = true
}

resource "google_iam_workload_identity_pool" "ec2" {
  workload_identity_pool_id = "aws-ec2-pool"
  display_name              = "EC2 instances"
}

resource "google_iam_workload_identity_pool_provider" "ec2" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.ec2.workload_identity_pool_id
  workload_identity_pool_provider_id = "aws-provider"
  display_name                       = "One account"
  attribute_mapping = {
    "google.subject"        = "assertion.arn"
    "attribute.aws_role"    = "assertion.arn.extract('assumed-role/{role}/')"
    "attribute.aws_account" = "assertion.account"
  }
  aws {
    account_id = local.account_id
  }
}

resource "google_service_account" "caller" {
  account_id   = "vertex-ai-caller"
  display_name = "Calls Gemini"
}

resource "google_project_iam_member" "caller" {
  project = "my-project"
  role    = "roles/aiplatform.user"
  member  = "serviceAccount:${google_service_account.caller.email}"
}

resource "google_service_account_iam_member" "ec2" {
  service_account_id = google_service_account.caller.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.ec2.name}/attribute.aws_role/${var.team}-ec2-role"
}

resource "google_access_context_manager_access_policy" "scoped" {
  parent = "organizations/123456789012"
  title  = "${var.team}-vertex-ai-policy"
  scopes = local.inside
}

resource "google_access_context_manager_access_level" "nat" {
  parent = local.policy
  name   = "${local.policy}/accessLevels/${var.team}_allow_ec2_ip"
  title  = "${var.team}_allow_ec2_ip"
  basic {
    conditions {
      ip_subnetworks = ["203.0.113.7/32"]
    }
  }
}

resource "google_access_context_manager_service_perimeter" "gemini" {
  parent = local.policy
  name   = "${local.policy}/servicePerimeters/${var.team}_vertex_ai_perimeter"
  title  = "${var.team}_vertex_ai_perimeter"

  status {
    resources           = local.inside
    restricted_services = ["aiplatform.googleapis.com"]
    ingress_policies {
      ingress_from {
        identity_type = "ANY_IDENTITY"
        sources {
          access_level = google_access_context_manager_access_level.nat.name
        }
      }
      ingress_to {
        resources = ["*"]
        operations {
          service_name = "aiplatform.googleapis.com"
          method_selectors {
            method = "*"
          }
        }
      }
    }
  }
}
