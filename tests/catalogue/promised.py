"""What was promised once: ids that no release may lose, and terms that the documents use."""

from __future__ import annotations


def words(text: str) -> list[str]:
    return text.split()


#: Capability ids, by the release that issued them. A later release adds a key and never edits one.
CAPABILITIES = {
    "0.1.0": words("""
access-and-secrets ai-management-system audit-trail automated-retraining bias-fairness change-review
ci-pipeline code-quality code-version-control compose-stack containerization continuous-compliance
continuous-model-delivery continuous-training cost-resource-optimization data-catalog
data-documentation data-drift-monitoring data-ingestion data-preparation data-privacy
data-validation data-versioning development-container experiment-automation experiment-tracking
explainability feature-management feedback-loop genai-evaluation governance-policies human-oversight
impact-assessment incident-response infrastructure-as-code integration-tests lineage
load-robustness-tests managed-compute maturity-assessment ml-test-score model-documentation
model-evaluation model-performance-monitoring model-registry model-retirement model-security
model-selection-tuning model-serving model-signing multi-environment one-command-deployment
output-safety performance-gate pipeline-cicd platform-currency post-market-monitoring
prediction-logging proactive-observability problem-framing progressive-delivery
project-documentation promotion-approval prompt-lifecycle regulatory-classification
reproducible-environment retraining-decision retrieval-management risk-management rollback
scalable-serving service-monitoring standard-template structured-logging supply-chain-security
team-collaboration technical-file token-cost-governance training-pipeline training-serving-skew
"""),
    "0.4.0": words("managed-platform"),
}

#: Rule ids, by the release that issued them.
RULES = {
    "0.1.0": words("""
DE001 DE002 DE010 DE011 DE012 DE020 DE021 DE022 DE023 DE030 DE031 DE032 DE033 DE034 DE040 DE041
DE042 DE043 DE044 DE050 DE051 DE052 DE053 DE060 DE061 DE062 DE063 DE070 DE071 DE072 DE073 DE080
DE081 DE082 DE083 DE090 DE091 DE092 DE093 DE100 DE101 DE102 DE103 DE104 DE110 DE111 DE112 DE113
DE114 DE120 DE121 DE122 DE123 DE130 DE131 DE132 DE133 DE140 DE141 DE142 DE143 DE150 DE151 DE160
DE161 DE162 DE170 DE171 DE172 DE173 DE180 DP001 DP002 DP003 DP004 DP010 DP011 DP012 DP020 DP021
DP022 DP023 DP030 DP031 DP032 DP033 DP034 DP040 DP041 DP042 DP043 DP050 DP051 DP052 DP053 DP060
DP061 DP062 DP070 DP071 DP072 DP080 DP081 DP082 DP090 DP091 DP100 DP101 DP102 DP110 DP111 DP112
DP120 DP121 DP122 DP130 DP131 DP132 DP133 DP140 DP141 DP142 DP143 DP150 DP151 DP152 DP160 DP161
DP162 DP170 DX001 DX002 DX010 DX011 DX020 DX021 DX030 GO001 GO002 GO003 GO010 GO011 GO012 GO020
GO021 GO030 GO031 GO032 GO033 GO040 GO041 GO042 GO050 GO051 GO052 GO053 GO060 GO061 GO062 GO070
GO071 GO072 GO073 GO080 GO081 GO082 GO083 GO090 GO091 GO092 GO100 GO101 GO102 GO110 GO111 GO112
GO120 GO121 GO122 GO130 GO131 GO132 GO133 GO134 GO140 GO141 GO142 GO143 GO150 GO151 GO160 GO161
GO162 GO163 GX001 GX002 GX010 GX011 GX020 GX021 GX030 GX040 GX050 GX060 GX061 GX062 GX070 GX071
MO001 MO002 MO003 MO010 MO011 MO012 MO013 MO014 MO020 MO021 MO022 MO030 MO031 MO032 MO033 MO040 MO041
MO042 MO043 MO050 MO051 MO052 MO060 MO061 MO062 MO070 MO071 MO072 MO080 MO081 MO082 MO090 MO091
MO092 MO100 MO101 MO102 MX001 MX002 MX010 PX001 PX002
"""),
    "0.4.0": words("DP180 DP181 DP182 DP183 DP184 DP185 DP186 DP187 DP188 DP189 DP190"),
}

#: How many terms each document contributes, and the places in it that they come from.
PLACES: dict[str, tuple[int, set[str]]] = {
    "000": (
        27,
        {
            "Automação",
            "Benefícios",
            "Estratégias",
            "Ferramentas",
            "Monitoramento",
            "N0",
            "N1",
            "N2",
            "N3",
            "N4",
        },
    ),
    "001": (
        35,
        {
            "benefícios",
            "como avaliar",
            "definição",
            "deploy avançado",
            "deploy básico",
            "deploy intermediário",
            "dev avançado",
            "dev básico",
            "dev intermediário",
            "exemplos",
            "frameworks",
            "gov avançado",
            "gov básico",
            "gov intermediário",
            "mon avançado",
            "mon básico",
            "mon intermediário",
            "métodos",
            "níveis",
            "relatório",
        },
    ),
    "002": (10, {"L0", "L1", "L2", "etapa 1", "etapa 2", "etapa 3", "etapa 4", "etapa 5", "etapa 6"}),
    "003": (
        33,
        {
            "horizontal",
            "step1",
            "step10",
            "step11",
            "step12",
            "step13",
            "step2",
            "step3",
            "step4",
            "step5",
            "step6",
            "step7",
            "step8",
            "step9",
            "§1",
            "§3",
            "§4",
        },
    ),
    "004": (7, {"MLOps x DevOps", "benefícios", "o que é", "para que", "plataforma", "por que", "processos"}),
}

#: Every tool, technique and law that the documents name.
TOOLS = words("""
Git MLflow DVC Kubeflow Vertex Jenkins GitLab Travis Azure SageMaker Databricks Docker Kubernetes
Argo Prometheus Grafana ELK Datadog Relic Alation Collibra Google Microsoft Community Pandas NumPy
Spark SVM Forest XGBoost CNN RNN Transformers SHAP LIME saliency canary blue-green A/B shadow GDPR
CCPA HIPAA SOX MLTools
""")
