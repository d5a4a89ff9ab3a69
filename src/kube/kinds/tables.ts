/** Made by scripts/kube-tables.ts from Kubernetes 1.35's published types; messages.ts says how to read it. */
export const tables = `
apiextensions.CustomResourceColumnDefinition|name 1 s|type 2 s|format 3 s ? o|description 4 s ? o|priority 5 i ? o|jsonPath 6 s
apiextensions.CustomResourceConversion|strategy 1 s'apiextensions.ConversionStrategyType|webhook 2 *apiextensions.WebhookConversion ? o
apiextensions.CustomResourceDefinition|metadata 1 meta.ObjectMeta ? o|spec 2 apiextensions.CustomResourceDefinitionSpec|status 3 apiextensions.CustomResourceDefinitionStatus ? o
apiextensions.CustomResourceDefinitionCondition|type 1 s'apiextensions.CustomResourceDefinitionConditionType|status 2 s'apiextensions.ConditionStatus|lastTransitionTime 3 T ? o|reason 4 s ? o|message 5 s ? o|observedGeneration 6 l ? o
apiextensions.CustomResourceDefinitionNames|plural 1 s|singular 2 s ? o|shortNames 3 []s ? o Latomic|kind 4 s|listKind 5 s ? o|categories 6 []s ? o Latomic
apiextensions.CustomResourceDefinitionSpec|group 1 s|names 3 apiextensions.CustomResourceDefinitionNames|scope 4 s'apiextensions.ResourceScope|versions 7 []apiextensions.CustomResourceDefinitionVersion Latomic|conversion 9 *apiextensions.CustomResourceConversion ? o|preserveUnknownFields 10 b ? o
apiextensions.CustomResourceDefinitionStatus|conditions 1 []apiextensions.CustomResourceDefinitionCondition o Lmap,type|acceptedNames 2 apiextensions.CustomResourceDefinitionNames o|storedVersions 3 []s o Latomic|observedGeneration 4 l ? o
apiextensions.CustomResourceDefinitionVersion|name 1 s|served 2 b|storage 3 b|deprecated 7 b ? o|deprecationWarning 8 *s ? o|schema 4 *apiextensions.CustomResourceValidation ? o|subresources 5 *apiextensions.CustomResourceSubresources ? o|additionalPrinterColumns 6 []apiextensions.CustomResourceColumnDefinition ? o Latomic|selectableFields 9 []apiextensions.SelectableField ? o Latomic
apiextensions.CustomResourceSubresourceScale|specReplicasPath 1 s|statusReplicasPath 2 s|labelSelectorPath 3 *s ? o
apiextensions.CustomResourceSubresourceStatus
apiextensions.CustomResourceSubresources|status 1 *apiextensions.CustomResourceSubresourceStatus ? o|scale 2 *apiextensions.CustomResourceSubresourceScale ? o
apiextensions.CustomResourceValidation|openAPIV3Schema 1 *apiextensions.JSONSchemaProps ? o
apiextensions.ExternalDocumentation|description 1 s ?|url 2 s ?
apiextensions.JSONSchemaProps|id 1 s ?|$schema 2 s'apiextensions.JSONSchemaURL ?|$ref 3 *s ?|description 4 s ?|type 5 s ?|format 6 s ?|title 7 s ?|default 8 *J ?|maximum 9 *d ?|exclusiveMaximum 10 b ?|minimum 11 *d ?|exclusiveMinimum 12 b ?|maxLength 13 *l ?|minLength 14 *l ?|pattern 15 s ?|maxItems 16 *l ?|minItems 17 *l ?|uniqueItems 18 b ?|multipleOf 19 *d ?|enum 20 []J ? Latomic|maxProperties 21 *l ?|minProperties 22 *l ?|required 23 []s ? Latomic|items 24 *J ?|allOf 25 []apiextensions.JSONSchemaProps ? Latomic|oneOf 26 []apiextensions.JSONSchemaProps ? Latomic|anyOf 27 []apiextensions.JSONSchemaProps ? Latomic|not 28 *apiextensions.JSONSchemaProps ?|properties 29 {}apiextensions.JSONSchemaProps ?|additionalProperties 30 *J ?|patternProperties 31 {}apiextensions.JSONSchemaProps ?|dependencies 32 {}J ?|additionalItems 33 *J ?|definitions 34 {}apiextensions.JSONSchemaProps ?|externalDocs 35 *apiextensions.ExternalDocumentation ?|example 36 *J ?|nullable 37 b ?|x-kubernetes-preserve-unknown-fields 38 *b ?|x-kubernetes-embedded-resource 39 b ?|x-kubernetes-int-or-string 40 b ?|x-kubernetes-list-map-keys 41 []s ? o Latomic|x-kubernetes-list-type 42 *s ? o|x-kubernetes-map-type 43 *s ? o|x-kubernetes-validations 44 []apiextensions.ValidationRule ? Lmap,rule Mrule
apiextensions.SelectableField|jsonPath 1 s
apiextensions.ServiceReference|namespace 1 s|name 2 s|path 3 *s ? o|port 4 *i ? o
apiextensions.ValidationRule|rule 1 s|message 2 s ?|messageExpression 3 s ? o|reason 4 *s'apiextensions.FieldValueErrorReason ? o|fieldPath 5 s ? o|optionalOldSelf 6 *b ? o
apiextensions.WebhookClientConfig|url 3 *s ? o|service 1 *apiextensions.ServiceReference ? o|caBundle 2 y ? o
apiextensions.WebhookConversion|clientConfig 2 *apiextensions.WebhookClientConfig ? o|conversionReviewVersions 3 []s Latomic
apps.Deployment|metadata 1 meta.ObjectMeta ? o|spec 2 apps.DeploymentSpec ? o|status 3 apps.DeploymentStatus ? o
apps.DeploymentCondition|type 1 s'apps.DeploymentConditionType|status 2 s'core.ConditionStatus|lastUpdateTime 6 T ?|lastTransitionTime 7 T ?|reason 4 s ?|message 5 s ?
apps.DeploymentSpec|replicas 1 *i ? o|selector 2 *meta.LabelSelector|template 3 core.PodTemplateSpec|strategy 4 apps.DeploymentStrategy ? o K|minReadySeconds 5 i ? o|revisionHistoryLimit 6 *i ? o|paused 7 b ? o|progressDeadlineSeconds 9 *i ?
apps.DeploymentStatus|observedGeneration 1 l ? o|replicas 2 i ? o|updatedReplicas 3 i ? o|readyReplicas 7 i ? o|availableReplicas 4 i ? o|unavailableReplicas 5 i ? o|terminatingReplicas 9 *i ? o|conditions 6 []apps.DeploymentCondition ? Lmap,type Mtype|collisionCount 8 *i ? o
apps.DeploymentStrategy|type 1 s'apps.DeploymentStrategyType ? o|rollingUpdate 2 *apps.RollingUpdateDeployment ? o
apps.ReplicaSet|metadata 1 meta.ObjectMeta ? o|spec 2 apps.ReplicaSetSpec ? o|status 3 apps.ReplicaSetStatus ? o
apps.ReplicaSetCondition|type 1 s'apps.ReplicaSetConditionType|status 2 s'core.ConditionStatus|lastTransitionTime 3 T ? o|reason 4 s ? o|message 5 s ? o
apps.ReplicaSetSpec|replicas 1 *i ? o|minReadySeconds 4 i ? o|selector 2 *meta.LabelSelector|template 3 core.PodTemplateSpec ? o
apps.ReplicaSetStatus|replicas 1 i|fullyLabeledReplicas 2 i ? o|readyReplicas 4 i ? o|availableReplicas 5 i ? o|terminatingReplicas 7 *i ? o|observedGeneration 3 l ? o|conditions 6 []apps.ReplicaSetCondition ? o Lmap,type Mtype
apps.RollingUpdateDeployment|maxUnavailable 1 *I ? o|maxSurge 2 *I ? o
authentication.BoundObjectReference|kind 1 s ? o|apiVersion 2 s ? o|name 3 s ? o|uid 4 s ? o
authentication.SelfSubjectReview|metadata 1 meta.ObjectMeta ? o|status 2 authentication.SelfSubjectReviewStatus ?
authentication.SelfSubjectReviewStatus|userInfo 1 authentication.UserInfo ? o
authentication.TokenRequest|metadata 1 meta.ObjectMeta ? o|spec 2 authentication.TokenRequestSpec|status 3 authentication.TokenRequestStatus ? o
authentication.TokenRequestSpec|audiences 1 []s Latomic|expirationSeconds 4 *l o|boundObjectRef 3 *authentication.BoundObjectReference o
authentication.TokenRequestStatus|token 1 s|expirationTimestamp 2 T
authentication.TokenReview|metadata 1 meta.ObjectMeta ? o|spec 2 authentication.TokenReviewSpec|status 3 authentication.TokenReviewStatus ? o
authentication.TokenReviewSpec|token 1 s ? o|audiences 2 []s ? o Latomic
authentication.TokenReviewStatus|authenticated 1 b ? o|user 2 authentication.UserInfo ? o|audiences 4 []s ? o Latomic|error 3 s ? o
authentication.UserInfo|username 1 s ? o|uid 2 s ? o|groups 3 []s ? o Latomic|extra 4 {}[]s ? o
authorization.FieldSelectorAttributes|rawSelector 1 s ? o|requirements 2 []meta.FieldSelectorRequirement ? o Latomic
authorization.LabelSelectorAttributes|rawSelector 1 s ? o|requirements 2 []meta.LabelSelectorRequirement ? o Latomic
authorization.LocalSubjectAccessReview|metadata 1 meta.ObjectMeta ? o|spec 2 authorization.SubjectAccessReviewSpec|status 3 authorization.SubjectAccessReviewStatus ? o
authorization.NonResourceAttributes|path 1 s ? o|verb 2 s ? o
authorization.NonResourceRule|verbs 1 []s Latomic|nonResourceURLs 2 []s ? o Latomic
authorization.ResourceAttributes|namespace 1 s ? o|verb 2 s ? o|group 3 s ? o|version 4 s ? o|resource 5 s ? o|subresource 6 s ? o|name 7 s ? o|fieldSelector 8 *authorization.FieldSelectorAttributes ? o|labelSelector 9 *authorization.LabelSelectorAttributes ? o
authorization.ResourceRule|verbs 1 []s Latomic|apiGroups 2 []s ? o Latomic|resources 3 []s ? o Latomic|resourceNames 4 []s ? o Latomic
authorization.SelfSubjectAccessReview|metadata 1 meta.ObjectMeta ? o|spec 2 authorization.SelfSubjectAccessReviewSpec|status 3 authorization.SubjectAccessReviewStatus ? o
authorization.SelfSubjectAccessReviewSpec|resourceAttributes 1 *authorization.ResourceAttributes ? o|nonResourceAttributes 2 *authorization.NonResourceAttributes ? o
authorization.SelfSubjectRulesReview|metadata 1 meta.ObjectMeta ? o|spec 2 authorization.SelfSubjectRulesReviewSpec|status 3 authorization.SubjectRulesReviewStatus ? o
authorization.SelfSubjectRulesReviewSpec|namespace 1 s ?
authorization.SubjectAccessReview|metadata 1 meta.ObjectMeta ? o|spec 2 authorization.SubjectAccessReviewSpec|status 3 authorization.SubjectAccessReviewStatus ? o
authorization.SubjectAccessReviewSpec|resourceAttributes 1 *authorization.ResourceAttributes ? o|nonResourceAttributes 2 *authorization.NonResourceAttributes ? o|user 3 s ? o|groups 4 []s ? o Latomic|extra 5 {}[]s ? o|uid 6 s ? o
authorization.SubjectAccessReviewStatus|allowed 1 b|denied 4 b ? o|reason 2 s ? o|evaluationError 3 s ? o
authorization.SubjectRulesReviewStatus|resourceRules 1 []authorization.ResourceRule Latomic|nonResourceRules 2 []authorization.NonResourceRule Latomic|incomplete 3 b|evaluationError 4 s ? o
autoscaling.Scale|metadata 1 meta.ObjectMeta ? o|spec 2 autoscaling.ScaleSpec ? o|status 3 autoscaling.ScaleStatus ? o
autoscaling.ScaleSpec|replicas 1 i ? o D0
autoscaling.ScaleStatus|replicas 1 i|selector 2 s ? o
coordination.Lease|metadata 1 meta.ObjectMeta ? o|spec 2 coordination.LeaseSpec ? o
coordination.LeaseSpec|holderIdentity 1 *s ? o|leaseDurationSeconds 2 *i ? o|acquireTime 3 *U ? o|renewTime 4 *U ? o|leaseTransitions 5 *i ? o|strategy 6 *s'coordination.CoordinatedLeaseStrategy ? o|preferredHolder 7 *s ? o
core.AWSElasticBlockStoreVolumeSource|volumeID 1 s|fsType 2 s ? o|partition 3 i ? o|readOnly 4 b ? o
core.Affinity|nodeAffinity 1 *core.NodeAffinity ? o|podAffinity 2 *core.PodAffinity ? o|podAntiAffinity 3 *core.PodAntiAffinity ? o
core.AppArmorProfile|type 1 s'core.AppArmorProfileType|localhostProfile 2 *s ? o
core.AttachedVolume|name 1 s'core.UniqueVolumeName|devicePath 2 s
core.AzureDiskVolumeSource|diskName 1 s|diskURI 2 s|cachingMode 3 *s'core.AzureDataDiskCachingMode ? o|fsType 4 *s ? o D"ext4"|readOnly 5 *b ? o Dfalse|kind 6 *s'core.AzureDataDiskKind ?
core.AzureFilePersistentVolumeSource|secretName 1 s|shareName 2 s|readOnly 3 b ? o|secretNamespace 4 *s o
core.AzureFileVolumeSource|secretName 1 s|shareName 2 s|readOnly 3 b ? o
core.Binding|metadata 1 meta.ObjectMeta ? o|target 2 core.ObjectReference
core.CSIPersistentVolumeSource|driver 1 s|volumeHandle 2 s|readOnly 3 b ? o|fsType 4 s ? o|volumeAttributes 5 {}s ? o|controllerPublishSecretRef 6 *core.SecretReference ? o|nodeStageSecretRef 7 *core.SecretReference ? o|nodePublishSecretRef 8 *core.SecretReference ? o|controllerExpandSecretRef 9 *core.SecretReference ? o|nodeExpandSecretRef 10 *core.SecretReference ? o
core.CSIVolumeSource|driver 1 s|readOnly 2 *b ? o|fsType 3 *s ? o|volumeAttributes 4 {}s ? o|nodePublishSecretRef 5 *core.LocalObjectReference ? o
core.Capabilities|add 1 []s'core.Capability ? o Latomic|drop 2 []s'core.Capability ? o Latomic
core.CephFSPersistentVolumeSource|monitors 1 []s Latomic|path 2 s ? o|user 3 s ? o|secretFile 4 s ? o|secretRef 5 *core.SecretReference ? o|readOnly 6 b ? o
core.CephFSVolumeSource|monitors 1 []s Latomic|path 2 s ? o|user 3 s ? o|secretFile 4 s ? o|secretRef 5 *core.LocalObjectReference ? o|readOnly 6 b ? o
core.CinderPersistentVolumeSource|volumeID 1 s|fsType 2 s ? o|readOnly 3 b ? o|secretRef 4 *core.SecretReference ? o
core.CinderVolumeSource|volumeID 1 s|fsType 2 s ? o|readOnly 3 b ? o|secretRef 4 *core.LocalObjectReference ? o
core.ClientIPConfig|timeoutSeconds 1 *i ? o
core.ClusterTrustBundleProjection|name 1 *s ? o|signerName 2 *s ? o|labelSelector 3 *meta.LabelSelector ? o|optional 5 *b ? o|path 4 s
core.ConfigMap|metadata 1 meta.ObjectMeta ? o|immutable 4 *b ? o|data 2 {}s ? o|binaryData 3 {}y ? o
core.ConfigMapEnvSource|localObjectReference 1 core.LocalObjectReference ~|optional 2 *b ? o
core.ConfigMapKeySelector A|localObjectReference 1 core.LocalObjectReference ~|key 2 s|optional 3 *b ? o
core.ConfigMapNodeConfigSource|namespace 1 s|name 2 s|uid 3 s ? o|resourceVersion 4 s ? o|kubeletConfigKey 5 s
core.ConfigMapProjection|localObjectReference 1 core.LocalObjectReference ~|items 2 []core.KeyToPath ? o Latomic|optional 4 *b ? o
core.ConfigMapVolumeSource|localObjectReference 1 core.LocalObjectReference ~|items 2 []core.KeyToPath ? o Latomic|defaultMode 3 *i ? o|optional 4 *b ? o
core.Container|name 1 s|image 2 s ? o|command 3 []s ? o Latomic|args 4 []s ? o Latomic|workingDir 5 s ? o|ports 6 []core.ContainerPort ? o Lmap,containerPort,protocol McontainerPort|envFrom 19 []core.EnvFromSource ? o Latomic|env 7 []core.EnvVar ? o Lmap,name Mname|resources 8 core.ResourceRequirements ? o|resizePolicy 23 []core.ContainerResizePolicy ? o Latomic|restartPolicy 24 *s'core.ContainerRestartPolicy ? o|restartPolicyRules 25 []core.ContainerRestartRule ? o Latomic|volumeMounts 9 []core.VolumeMount ? o Lmap,mountPath MmountPath|volumeDevices 21 []core.VolumeDevice ? o Lmap,devicePath MdevicePath|livenessProbe 10 *core.Probe ? o|readinessProbe 11 *core.Probe ? o|startupProbe 22 *core.Probe ? o|lifecycle 12 *core.Lifecycle ? o|terminationMessagePath 13 s ? o|terminationMessagePolicy 20 s'core.TerminationMessagePolicy ? o|imagePullPolicy 14 s'core.PullPolicy ? o|securityContext 15 *core.SecurityContext ? o|stdin 16 b ? o|stdinOnce 17 b ? o|tty 18 b ? o
core.ContainerExtendedResourceRequest|containerName 1 s|resourceName 2 s|requestName 3 s
core.ContainerImage|names 1 []s o Latomic|sizeBytes 2 l ? o
core.ContainerPort|name 1 s ? o|hostPort 2 i ? o|containerPort 3 i|protocol 4 s'core.Protocol ? o D"TCP"|hostIP 5 s ? o
core.ContainerResizePolicy|resourceName 1 s'core.ResourceName|restartPolicy 2 s'core.ResourceResizeRestartPolicy
core.ContainerRestartRule|action 1 s'core.ContainerRestartRuleAction ?|exitCodes 2 *core.ContainerRestartRuleOnExitCodes ? o
core.ContainerRestartRuleOnExitCodes|operator 1 s'core.ContainerRestartRuleOnExitCodesOperator ?|values 2 []i ? o Lset
core.ContainerState|waiting 1 *core.ContainerStateWaiting ? o|running 2 *core.ContainerStateRunning ? o|terminated 3 *core.ContainerStateTerminated ? o
core.ContainerStateRunning|startedAt 1 T ? o
core.ContainerStateTerminated|exitCode 1 i|signal 2 i ? o|reason 3 s ? o|message 4 s ? o|startedAt 5 T ? o|finishedAt 6 T ? o|containerID 7 s ? o
core.ContainerStateWaiting|reason 1 s ? o|message 2 s ? o
core.ContainerStatus|name 1 s|state 2 core.ContainerState ? o|lastState 3 core.ContainerState ? o|ready 4 b|restartCount 5 i|image 6 s|imageID 7 s|containerID 8 s ? o|started 9 *b ? o|allocatedResources 10 {}Q ? o|resources 11 *core.ResourceRequirements ? o|volumeMounts 12 []core.VolumeMountStatus ? o Lmap,mountPath MmountPath|user 13 *core.ContainerUser ? o|allocatedResourcesStatus 14 []core.ResourceStatus ? o Lmap,name Mname|stopSignal 15 *s'core.Signal ? o
core.ContainerUser|linux 1 *core.LinuxContainerUser ? o
core.DaemonEndpoint|Port 1 i
core.DownwardAPIProjection|items 1 []core.DownwardAPIVolumeFile ? o Latomic
core.DownwardAPIVolumeFile|path 1 s|fieldRef 2 *core.ObjectFieldSelector ? o|resourceFieldRef 3 *core.ResourceFieldSelector ? o|mode 4 *i ? o
core.DownwardAPIVolumeSource|items 1 []core.DownwardAPIVolumeFile ? o Latomic|defaultMode 2 *i ? o
core.EmptyDirVolumeSource|medium 1 s'core.StorageMedium ? o|sizeLimit 2 *Q ? o
core.EndpointAddress A|ip 1 s|hostname 3 s ? o|nodeName 4 *s ? o|targetRef 2 *core.ObjectReference ? o
core.EndpointPort A|name 1 s ? o|port 2 i|protocol 3 s'core.Protocol ? o|appProtocol 4 *s ? o
core.EndpointSubset|addresses 1 []core.EndpointAddress ? o Latomic|notReadyAddresses 2 []core.EndpointAddress ? o Latomic|ports 3 []core.EndpointPort ? o Latomic
core.Endpoints|metadata 1 meta.ObjectMeta ? o|subsets 2 []core.EndpointSubset ? o Latomic
core.EnvFromSource|prefix 1 s ? o|configMapRef 2 *core.ConfigMapEnvSource ? o|secretRef 3 *core.SecretEnvSource ? o
core.EnvVar|name 1 s|value 2 s ? o|valueFrom 3 *core.EnvVarSource ? o
core.EnvVarSource|fieldRef 1 *core.ObjectFieldSelector ? o|resourceFieldRef 2 *core.ResourceFieldSelector ? o|configMapKeyRef 3 *core.ConfigMapKeySelector ? o|secretKeyRef 4 *core.SecretKeySelector ? o|fileKeyRef 5 *core.FileKeySelector ? o
core.EphemeralContainer| 1 core.EphemeralContainerCommon ~|targetContainerName 2 s ? o
core.EphemeralContainerCommon|name 1 s|image 2 s ?|command 3 []s ? o Latomic|args 4 []s ? o Latomic|workingDir 5 s ? o|ports 6 []core.ContainerPort ? o Lmap,containerPort,protocol McontainerPort|envFrom 19 []core.EnvFromSource ? o Latomic|env 7 []core.EnvVar ? o Lmap,name Mname|resources 8 core.ResourceRequirements ? o|resizePolicy 23 []core.ContainerResizePolicy ? o Latomic|restartPolicy 24 *s'core.ContainerRestartPolicy ? o|restartPolicyRules 25 []core.ContainerRestartRule ? o Latomic|volumeMounts 9 []core.VolumeMount ? o Lmap,mountPath MmountPath|volumeDevices 21 []core.VolumeDevice ? o Lmap,devicePath MdevicePath|livenessProbe 10 *core.Probe ? o|readinessProbe 11 *core.Probe ? o|startupProbe 22 *core.Probe ? o|lifecycle 12 *core.Lifecycle ? o|terminationMessagePath 13 s ? o|terminationMessagePolicy 20 s'core.TerminationMessagePolicy ? o|imagePullPolicy 14 s'core.PullPolicy ? o|securityContext 15 *core.SecurityContext ? o|stdin 16 b ? o|stdinOnce 17 b ? o|tty 18 b ? o
core.EphemeralVolumeSource|volumeClaimTemplate 1 *core.PersistentVolumeClaimTemplate ?
core.Event|metadata 1 meta.ObjectMeta|involvedObject 2 core.ObjectReference|reason 3 s ? o|message 4 s ? o|source 5 core.EventSource ? o|firstTimestamp 6 T ? o|lastTimestamp 7 T ? o|count 8 i ? o|type 9 s ? o|eventTime 10 U ? o|series 11 *core.EventSeries ? o|action 12 s ? o|related 13 *core.ObjectReference ? o|reportingComponent 14 s o|reportingInstance 15 s o
core.EventSeries|count 1 i ?|lastObservedTime 2 U ?
core.EventSource|component 1 s ? o|host 2 s ? o
core.ExecAction|command 1 []s ? o Latomic
core.FCVolumeSource|targetWWNs 1 []s ? o Latomic|lun 2 *i ? o|fsType 3 s ? o|readOnly 4 b ? o|wwids 5 []s ? o Latomic
core.FileKeySelector A|volumeName 1 s|path 2 s|key 3 s|optional 4 *b ? o Dfalse
core.FlexPersistentVolumeSource|driver 1 s|fsType 2 s ? o|secretRef 3 *core.SecretReference ? o|readOnly 4 b ? o|options 5 {}s ? o
core.FlexVolumeSource|driver 1 s|fsType 2 s ? o|secretRef 3 *core.LocalObjectReference ? o|readOnly 4 b ? o|options 5 {}s ? o
core.FlockerVolumeSource|datasetName 1 s ? o|datasetUUID 2 s ? o
core.GCEPersistentDiskVolumeSource|pdName 1 s|fsType 2 s ? o|partition 3 i ? o|readOnly 4 b ? o
core.GRPCAction|port 1 i|service 2 *s o D""
core.GitRepoVolumeSource|repository 1 s|revision 2 s ? o|directory 3 s ? o
core.GlusterfsPersistentVolumeSource|endpoints 1 s|path 2 s|readOnly 3 b ? o|endpointsNamespace 4 *s ? o
core.GlusterfsVolumeSource|endpoints 1 s|path 2 s|readOnly 3 b ? o
core.HTTPGetAction|path 1 s ? o|port 2 I|host 3 s ? o|scheme 4 s'core.URIScheme ? o|httpHeaders 5 []core.HTTPHeader ? o Latomic
core.HTTPHeader|name 1 s|value 2 s
core.HostAlias|ip 1 s|hostnames 2 []s ? Latomic
core.HostIP|ip 1 s
core.HostPathVolumeSource|path 1 s|type 2 *s'core.HostPathType ? o
core.ISCSIPersistentVolumeSource|targetPortal 1 s|iqn 2 s|lun 3 i|iscsiInterface 4 s ? o D"default"|fsType 5 s ? o|readOnly 6 b ? o|portals 7 []s ? o Latomic|chapAuthDiscovery 8 b ? o|chapAuthSession 11 b ? o|secretRef 10 *core.SecretReference ? o|initiatorName 12 *s ? o
core.ISCSIVolumeSource|targetPortal 1 s|iqn 2 s|lun 3 i|iscsiInterface 4 s ? o D"default"|fsType 5 s ? o|readOnly 6 b ? o|portals 7 []s ? o Latomic|chapAuthDiscovery 8 b ? o|chapAuthSession 11 b ? o|secretRef 10 *core.LocalObjectReference ? o|initiatorName 12 *s ? o
core.ImageVolumeSource|reference 1 s ? o|pullPolicy 2 s'core.PullPolicy ? o
core.KeyToPath|key 1 s|path 2 s|mode 3 *i ? o
core.Lifecycle|postStart 1 *core.LifecycleHandler ? o|preStop 2 *core.LifecycleHandler ? o|stopSignal 3 *s'core.Signal ? o
core.LifecycleHandler|exec 1 *core.ExecAction ? o|httpGet 2 *core.HTTPGetAction ? o|tcpSocket 3 *core.TCPSocketAction ? o|sleep 4 *core.SleepAction ? o
core.LinuxContainerUser|uid 1 l|gid 2 l|supplementalGroups 3 []l ? o Latomic
core.LoadBalancerIngress|ip 1 s ? o|hostname 2 s ? o|ipMode 3 *s'core.LoadBalancerIPMode ? o|ports 4 []core.PortStatus ? o Latomic
core.LoadBalancerStatus|ingress 1 []core.LoadBalancerIngress ? o Latomic
core.LocalObjectReference A|name 1 s ? o D""
core.LocalVolumeSource|path 1 s|fsType 2 *s ? o
core.ModifyVolumeStatus|targetVolumeAttributesClassName 1 s ?|status 2 s'core.PersistentVolumeClaimModifyVolumeStatus
core.NFSVolumeSource|server 1 s|path 2 s|readOnly 3 b ? o
core.Namespace|metadata 1 meta.ObjectMeta ? o|spec 2 core.NamespaceSpec ? o|status 3 core.NamespaceStatus ? o
core.NamespaceCondition|type 1 s'core.NamespaceConditionType|status 2 s'core.ConditionStatus|lastTransitionTime 4 T ? o|reason 5 s ? o|message 6 s ? o
core.NamespaceSpec|finalizers 1 []s'core.FinalizerName ? o Latomic
core.NamespaceStatus|phase 1 s'core.NamespacePhase ? o|conditions 2 []core.NamespaceCondition ? o Lmap,type Mtype
core.Node|metadata 1 meta.ObjectMeta ? o|spec 2 core.NodeSpec ? o|status 3 core.NodeStatus ? o
core.NodeAddress|type 1 s'core.NodeAddressType|address 2 s
core.NodeAffinity|requiredDuringSchedulingIgnoredDuringExecution 1 *core.NodeSelector ? o|preferredDuringSchedulingIgnoredDuringExecution 2 []core.PreferredSchedulingTerm ? o Latomic
core.NodeCondition|type 1 s'core.NodeConditionType|status 2 s'core.ConditionStatus|lastHeartbeatTime 3 T ? o|lastTransitionTime 4 T ? o|reason 5 s ? o|message 6 s ? o
core.NodeConfigSource|configMap 2 *core.ConfigMapNodeConfigSource ?
core.NodeConfigStatus|assigned 1 *core.NodeConfigSource ? o|active 2 *core.NodeConfigSource ? o|lastKnownGood 3 *core.NodeConfigSource ? o|error 4 s ? o
core.NodeDaemonEndpoints|kubeletEndpoint 1 core.DaemonEndpoint ? o
core.NodeFeatures|supplementalGroupsPolicy 1 *b ? o
core.NodeRuntimeHandler|name 1 s o|features 2 *core.NodeRuntimeHandlerFeatures ? o
core.NodeRuntimeHandlerFeatures|recursiveReadOnlyMounts 1 *b ? o|userNamespaces 2 *b ? o
core.NodeSelector A|nodeSelectorTerms 1 []core.NodeSelectorTerm Latomic
core.NodeSelectorRequirement|key 1 s|operator 2 s'core.NodeSelectorOperator|values 3 []s ? o Latomic
core.NodeSelectorTerm A|matchExpressions 1 []core.NodeSelectorRequirement ? o Latomic|matchFields 2 []core.NodeSelectorRequirement ? o Latomic
core.NodeSpec|podCIDR 1 s ? o|podCIDRs 7 []s ? o Lset M|providerID 3 s ? o|unschedulable 4 b ? o|taints 5 []core.Taint ? o Latomic|configSource 6 *core.NodeConfigSource ? o|externalID 2 s ? o
core.NodeStatus|capacity 1 {}Q ? o|allocatable 2 {}Q ? o|phase 3 s'core.NodePhase ? o|conditions 4 []core.NodeCondition ? o Lmap,type Mtype|addresses 5 []core.NodeAddress ? o Lmap,type Mtype|daemonEndpoints 6 core.NodeDaemonEndpoints ? o|nodeInfo 7 core.NodeSystemInfo ? o|images 8 []core.ContainerImage ? o Latomic|volumesInUse 9 []s'core.UniqueVolumeName ? o Latomic|volumesAttached 10 []core.AttachedVolume ? o Latomic|config 11 *core.NodeConfigStatus ? o|runtimeHandlers 12 []core.NodeRuntimeHandler ? o Latomic|features 13 *core.NodeFeatures ? o|declaredFeatures 14 []s ? o Latomic
core.NodeSwapStatus|capacity 1 *l ? o
core.NodeSystemInfo|machineID 1 s|systemUUID 2 s|bootID 3 s|kernelVersion 4 s|osImage 5 s|containerRuntimeVersion 6 s|kubeletVersion 7 s|kubeProxyVersion 8 s|operatingSystem 9 s|architecture 10 s|swap 11 *core.NodeSwapStatus ?
core.ObjectFieldSelector A|apiVersion 1 s ? o|fieldPath 2 s
core.ObjectReference A|kind 1 s ? o|namespace 2 s ? o|name 3 s ? o|uid 4 s ? o|apiVersion 5 s ? o|resourceVersion 6 s ? o|fieldPath 7 s ? o
core.PersistentVolume|metadata 1 meta.ObjectMeta ? o|spec 2 core.PersistentVolumeSpec ? o|status 3 core.PersistentVolumeStatus ? o
core.PersistentVolumeClaim|metadata 1 meta.ObjectMeta ? o|spec 2 core.PersistentVolumeClaimSpec ? o|status 3 core.PersistentVolumeClaimStatus ? o
core.PersistentVolumeClaimCondition|type 1 s'core.PersistentVolumeClaimConditionType|status 2 s'core.ConditionStatus|lastProbeTime 3 T ? o|lastTransitionTime 4 T ? o|reason 5 s ? o|message 6 s ? o
core.PersistentVolumeClaimSpec|accessModes 1 []s'core.PersistentVolumeAccessMode ? o Latomic|selector 4 *meta.LabelSelector ? o|resources 2 core.VolumeResourceRequirements ? o|volumeName 3 s ? o|storageClassName 5 *s ? o|volumeMode 6 *s'core.PersistentVolumeMode ? o|dataSource 7 *core.TypedLocalObjectReference ? o|dataSourceRef 8 *core.TypedObjectReference ? o|volumeAttributesClassName 9 *s ? o
core.PersistentVolumeClaimStatus|phase 1 s'core.PersistentVolumeClaimPhase ? o|accessModes 2 []s'core.PersistentVolumeAccessMode ? o Latomic|capacity 3 {}Q ? o|conditions 4 []core.PersistentVolumeClaimCondition ? o Lmap,type Mtype|allocatedResources 5 {}Q ? o|allocatedResourceStatuses 7 {}s'core.ClaimResourceStatus ? o|currentVolumeAttributesClassName 8 *s ? o|modifyVolumeStatus 9 *core.ModifyVolumeStatus ? o
core.PersistentVolumeClaimTemplate|metadata 1 meta.ObjectMeta ? o|spec 2 core.PersistentVolumeClaimSpec
core.PersistentVolumeClaimVolumeSource|claimName 1 s|readOnly 2 b ? o
core.PersistentVolumeSource|gcePersistentDisk 1 *core.GCEPersistentDiskVolumeSource ? o|awsElasticBlockStore 2 *core.AWSElasticBlockStoreVolumeSource ? o|hostPath 3 *core.HostPathVolumeSource ? o|glusterfs 4 *core.GlusterfsPersistentVolumeSource ? o|nfs 5 *core.NFSVolumeSource ? o|rbd 6 *core.RBDPersistentVolumeSource ? o|iscsi 7 *core.ISCSIPersistentVolumeSource ? o|cinder 8 *core.CinderPersistentVolumeSource ? o|cephfs 9 *core.CephFSPersistentVolumeSource ? o|fc 10 *core.FCVolumeSource ? o|flocker 11 *core.FlockerVolumeSource ? o|flexVolume 12 *core.FlexPersistentVolumeSource ? o|azureFile 13 *core.AzureFilePersistentVolumeSource ? o|vsphereVolume 14 *core.VsphereVirtualDiskVolumeSource ? o|quobyte 15 *core.QuobyteVolumeSource ? o|azureDisk 16 *core.AzureDiskVolumeSource ? o|photonPersistentDisk 17 *core.PhotonPersistentDiskVolumeSource ?|portworxVolume 18 *core.PortworxVolumeSource ? o|scaleIO 19 *core.ScaleIOPersistentVolumeSource ? o|local 20 *core.LocalVolumeSource ? o|storageos 21 *core.StorageOSPersistentVolumeSource ? o|csi 22 *core.CSIPersistentVolumeSource ? o
core.PersistentVolumeSpec|capacity 1 {}Q ? o|persistentVolumeSource 2 core.PersistentVolumeSource ~|accessModes 3 []s'core.PersistentVolumeAccessMode ? o Latomic|claimRef 4 *core.ObjectReference ? o|persistentVolumeReclaimPolicy 5 s'core.PersistentVolumeReclaimPolicy ? o|storageClassName 6 s ? o|mountOptions 7 []s ? o Latomic|volumeMode 8 *s'core.PersistentVolumeMode ? o|nodeAffinity 9 *core.VolumeNodeAffinity ? o|volumeAttributesClassName 10 *s ? o
core.PersistentVolumeStatus|phase 1 s'core.PersistentVolumePhase ? o|message 2 s ? o|reason 3 s ? o|lastPhaseTransitionTime 4 *T ? o
core.PhotonPersistentDiskVolumeSource|pdID 1 s|fsType 2 s ?
core.Pod|metadata 1 meta.ObjectMeta ? o|spec 2 core.PodSpec ? o|status 3 core.PodStatus ? o
core.PodAffinity|requiredDuringSchedulingIgnoredDuringExecution 1 []core.PodAffinityTerm ? o Latomic|preferredDuringSchedulingIgnoredDuringExecution 2 []core.WeightedPodAffinityTerm ? o Latomic
core.PodAffinityTerm|labelSelector 1 *meta.LabelSelector ? o|namespaces 2 []s ? o Latomic|topologyKey 3 s|namespaceSelector 4 *meta.LabelSelector ? o|matchLabelKeys 5 []s ? o Latomic|mismatchLabelKeys 6 []s ? o Latomic
core.PodAntiAffinity|requiredDuringSchedulingIgnoredDuringExecution 1 []core.PodAffinityTerm ? o Latomic|preferredDuringSchedulingIgnoredDuringExecution 2 []core.WeightedPodAffinityTerm ? o Latomic
core.PodCertificateProjection|signerName 1 s ?|keyType 2 s ?|maxExpirationSeconds 3 *i ? o|credentialBundlePath 4 s ? o|keyPath 5 s ? o|certificateChainPath 6 s ? o|userAnnotations 7 {}s ?
core.PodCondition|type 1 s'core.PodConditionType|observedGeneration 7 l ? o|status 2 s'core.ConditionStatus|lastProbeTime 3 T ? o|lastTransitionTime 4 T ? o|reason 5 s ? o|message 6 s ? o
core.PodDNSConfig|nameservers 1 []s ? o Latomic|searches 2 []s ? o Latomic|options 3 []core.PodDNSConfigOption ? o Latomic
core.PodDNSConfigOption|name 1 s ?|value 2 *s ? o
core.PodExtendedResourceClaimStatus|requestMappings 1 []core.ContainerExtendedResourceRequest Latomic|resourceClaimName 2 s
core.PodIP|ip 1 s
core.PodOS|name 1 s'core.OSName
core.PodReadinessGate|conditionType 1 s'core.PodConditionType
core.PodResourceClaim|name 1 s|resourceClaimName 3 *s ?|resourceClaimTemplateName 4 *s ?
core.PodResourceClaimStatus|name 1 s|resourceClaimName 2 *s ? o
core.PodSchedulingGate|name 1 s
core.PodSecurityContext|seLinuxOptions 1 *core.SELinuxOptions ? o|windowsOptions 8 *core.WindowsSecurityContextOptions ? o|runAsUser 2 *l ? o|runAsGroup 6 *l ? o|runAsNonRoot 3 *b ? o|supplementalGroups 4 []l ? o Latomic|supplementalGroupsPolicy 12 *s'core.SupplementalGroupsPolicy ? o|fsGroup 5 *l ? o|sysctls 7 []core.Sysctl ? o Latomic|fsGroupChangePolicy 9 *s'core.PodFSGroupChangePolicy ? o|seccompProfile 10 *core.SeccompProfile ? o|appArmorProfile 11 *core.AppArmorProfile ? o|seLinuxChangePolicy 13 *s'core.PodSELinuxChangePolicy ? o
core.PodSpec|volumes 1 []core.Volume ? o Lmap,name Mname K|initContainers 20 []core.Container ? Lmap,name Mname|containers 2 []core.Container Lmap,name Mname|ephemeralContainers 34 []core.EphemeralContainer ? o Lmap,name Mname|restartPolicy 3 s'core.RestartPolicy ? o|terminationGracePeriodSeconds 4 *l ? o|activeDeadlineSeconds 5 *l ? o|dnsPolicy 6 s'core.DNSPolicy ? o|nodeSelector 7 {}s ? o A|serviceAccountName 8 s ? o|serviceAccount 9 s ? o|automountServiceAccountToken 21 *b ? o|nodeName 10 s ? o|hostNetwork 11 b ? o|hostPID 12 b ? o|hostIPC 13 b ? o|shareProcessNamespace 27 *b ? o|securityContext 14 *core.PodSecurityContext ? o|imagePullSecrets 15 []core.LocalObjectReference ? o Lmap,name Mname|hostname 16 s ? o|subdomain 17 s ? o|affinity 18 *core.Affinity ? o|schedulerName 19 s ? o|tolerations 22 []core.Toleration ? o Latomic|hostAliases 23 []core.HostAlias ? o Lmap,ip Mip|priorityClassName 24 s ? o|priority 25 *i ? o|dnsConfig 26 *core.PodDNSConfig ? o|readinessGates 28 []core.PodReadinessGate ? o Latomic|runtimeClassName 29 *s ? o|enableServiceLinks 30 *b ? o|preemptionPolicy 31 *s'core.PreemptionPolicy ? o|overhead 32 {}Q ? o|topologySpreadConstraints 33 []core.TopologySpreadConstraint ? o Lmap,topologyKey,whenUnsatisfiable MtopologyKey|setHostnameAsFQDN 35 *b ? o|os 36 *core.PodOS ? o|hostUsers 37 *b ? o|schedulingGates 38 []core.PodSchedulingGate ? o Lmap,name Mname|resourceClaims 39 []core.PodResourceClaim ? o Lmap,name Mname K|resources 40 *core.ResourceRequirements ? o|hostnameOverride 41 *s ? o|workloadRef 42 *core.WorkloadReference ? o
core.PodStatus|observedGeneration 17 l ? o|phase 1 s'core.PodPhase ? o|conditions 2 []core.PodCondition ? o Lmap,type Mtype|message 3 s ? o|reason 4 s ? o|nominatedNodeName 11 s ? o|hostIP 5 s ? o|hostIPs 16 []core.HostIP ? o Latomic Mip|podIP 6 s ? o|podIPs 12 []core.PodIP ? o Lmap,ip Mip|startTime 7 *T ? o|initContainerStatuses 10 []core.ContainerStatus ? Latomic|containerStatuses 8 []core.ContainerStatus ? o Latomic|qosClass 9 s'core.PodQOSClass ? o|ephemeralContainerStatuses 13 []core.ContainerStatus ? o Latomic|resize 14 s'core.PodResizeStatus ? o|resourceClaimStatuses 15 []core.PodResourceClaimStatus ? o Lmap,name Mname K|extendedResourceClaimStatus 18 *core.PodExtendedResourceClaimStatus ? o|allocatedResources 19 {}Q ? o|resources 20 *core.ResourceRequirements ? o
core.PodTemplateSpec|metadata 1 meta.ObjectMeta ? o|spec 2 core.PodSpec ? o
core.PortStatus|port 1 i|protocol 2 s'core.Protocol|error 3 *s ? o
core.PortworxVolumeSource|volumeID 1 s|fsType 2 s ?|readOnly 3 b ? o
core.PreferredSchedulingTerm|weight 1 i|preference 2 core.NodeSelectorTerm
core.Probe|handler 1 core.ProbeHandler ~|initialDelaySeconds 2 i ? o|timeoutSeconds 3 i ? o|periodSeconds 4 i ? o|successThreshold 5 i ? o|failureThreshold 6 i ? o|terminationGracePeriodSeconds 7 *l ? o
core.ProbeHandler|exec 1 *core.ExecAction ? o|httpGet 2 *core.HTTPGetAction ? o|tcpSocket 3 *core.TCPSocketAction ? o|grpc 4 *core.GRPCAction ? o
core.ProjectedVolumeSource|sources 1 []core.VolumeProjection o Latomic|defaultMode 2 *i ? o
core.QuobyteVolumeSource|registry 1 s|volume 2 s|readOnly 3 b ? o|user 4 s ? o|group 5 s ? o|tenant 6 s ? o
core.RBDPersistentVolumeSource|monitors 1 []s Latomic|image 2 s|fsType 3 s ? o|pool 4 s ? o D"rbd"|user 5 s ? o D"admin"|keyring 6 s ? o D"/etc/ceph/keyring"|secretRef 7 *core.SecretReference ? o|readOnly 8 b ? o
core.RBDVolumeSource|monitors 1 []s Latomic|image 2 s|fsType 3 s ? o|pool 4 s ? o D"rbd"|user 5 s ? o D"admin"|keyring 6 s ? o D"/etc/ceph/keyring"|secretRef 7 *core.LocalObjectReference ? o|readOnly 8 b ? o
core.ResourceClaim|name 1 s|request 2 s ? o
core.ResourceFieldSelector A|containerName 1 s ? o|resource 2 s|divisor 3 Q ? o
core.ResourceHealth|resourceID 1 s'core.ResourceID|health 2 s'core.ResourceHealthStatus ?
core.ResourceRequirements|limits 1 {}Q ? o|requests 2 {}Q ? o|claims 3 []core.ResourceClaim ? o Lmap,name
core.ResourceStatus|name 1 s'core.ResourceName|resources 2 []core.ResourceHealth ? Lmap,resourceID
core.SELinuxOptions|user 1 s ? o|role 2 s ? o|type 3 s ? o|level 4 s ? o
core.ScaleIOPersistentVolumeSource|gateway 1 s|system 2 s|secretRef 3 *core.SecretReference|sslEnabled 4 b ? o|protectionDomain 5 s ? o|storagePool 6 s ? o|storageMode 7 s ? o D"ThinProvisioned"|volumeName 8 s ?|fsType 9 s ? o D"xfs"|readOnly 10 b ? o
core.ScaleIOVolumeSource|gateway 1 s|system 2 s|secretRef 3 *core.LocalObjectReference|sslEnabled 4 b ? o|protectionDomain 5 s ? o|storagePool 6 s ? o|storageMode 7 s ? o D"ThinProvisioned"|volumeName 8 s ?|fsType 9 s ? o D"xfs"|readOnly 10 b ? o
core.SeccompProfile|type 1 s'core.SeccompProfileType|localhostProfile 2 *s ? o
core.Secret|metadata 1 meta.ObjectMeta ? o|immutable 5 *b ? o|data 2 {}y ? o|stringData 4 {}s ? o|type 3 s'core.SecretType ? o
core.SecretEnvSource|localObjectReference 1 core.LocalObjectReference ~|optional 2 *b ? o
core.SecretKeySelector A|localObjectReference 1 core.LocalObjectReference ~|key 2 s|optional 3 *b ? o
core.SecretProjection|localObjectReference 1 core.LocalObjectReference ~|items 2 []core.KeyToPath ? o Latomic|optional 4 *b ? o
core.SecretReference A|name 1 s ? o|namespace 2 s ? o
core.SecretVolumeSource|secretName 1 s ? o|items 2 []core.KeyToPath ? o Latomic|defaultMode 3 *i ? o|optional 4 *b ? o
core.SecurityContext|capabilities 1 *core.Capabilities ? o|privileged 2 *b ? o|seLinuxOptions 3 *core.SELinuxOptions ? o|windowsOptions 10 *core.WindowsSecurityContextOptions ? o|runAsUser 4 *l ? o|runAsGroup 8 *l ? o|runAsNonRoot 5 *b ? o|readOnlyRootFilesystem 6 *b ? o|allowPrivilegeEscalation 7 *b ? o|procMount 9 *s'core.ProcMountType ? o|seccompProfile 11 *core.SeccompProfile ? o|appArmorProfile 12 *core.AppArmorProfile ? o
core.Service|metadata 1 meta.ObjectMeta ? o|spec 2 core.ServiceSpec ? o|status 3 core.ServiceStatus ? o
core.ServiceAccount|metadata 1 meta.ObjectMeta ? o|secrets 2 []core.ObjectReference ? o Lmap,name Mname|imagePullSecrets 3 []core.LocalObjectReference ? o Latomic|automountServiceAccountToken 4 *b ? o
core.ServiceAccountTokenProjection|audience 1 s ? o|expirationSeconds 2 *l ? o|path 3 s
core.ServicePort|name 1 s ? o|protocol 2 s'core.Protocol ? o D"TCP"|appProtocol 6 *s ? o|port 3 i|targetPort 4 I ? o|nodePort 5 i ? o
core.ServiceSpec|ports 1 []core.ServicePort ? Lmap,port,protocol Mport|selector 2 {}s ? o A|clusterIP 3 s ? o|clusterIPs 18 []s ? o Latomic|type 4 s'core.ServiceType ? o|externalIPs 5 []s ? o Latomic|sessionAffinity 7 s'core.ServiceAffinity ? o|loadBalancerIP 8 s ? o|loadBalancerSourceRanges 9 []s ? o Latomic|externalName 10 s ? o|externalTrafficPolicy 11 s'core.ServiceExternalTrafficPolicy ? o|healthCheckNodePort 12 i ? o|publishNotReadyAddresses 13 b ? o|sessionAffinityConfig 14 *core.SessionAffinityConfig ? o|ipFamilies 19 []s'core.IPFamily ? o Latomic|ipFamilyPolicy 17 *s'core.IPFamilyPolicy ? o|allocateLoadBalancerNodePorts 20 *b ? o|loadBalancerClass 21 *s ? o|internalTrafficPolicy 22 *s'core.ServiceInternalTrafficPolicy ? o|trafficDistribution 23 *s ? o
core.ServiceStatus|loadBalancer 1 core.LoadBalancerStatus ? o|conditions 2 []meta.Condition ? o Lmap,type Mtype
core.SessionAffinityConfig|clientIP 1 *core.ClientIPConfig ? o
core.SleepAction|seconds 1 l
core.StorageOSPersistentVolumeSource|volumeName 1 s ?|volumeNamespace 2 s ? o|fsType 3 s ? o|readOnly 4 b ? o|secretRef 5 *core.ObjectReference ? o
core.StorageOSVolumeSource|volumeName 1 s ?|volumeNamespace 2 s ? o|fsType 3 s ? o|readOnly 4 b ? o|secretRef 5 *core.LocalObjectReference ? o
core.Sysctl|name 1 s|value 2 s
core.TCPSocketAction|port 1 I|host 2 s ? o
core.Taint|key 1 s|value 2 s ? o|effect 3 s'core.TaintEffect|timeAdded 4 *T ? o
core.Toleration|key 1 s ? o|operator 2 s'core.TolerationOperator ? o|value 3 s ? o|effect 4 s'core.TaintEffect ? o|tolerationSeconds 5 *l ? o
core.TopologySelectorLabelRequirement|key 1 s|values 2 []s Latomic
core.TopologySelectorTerm A|matchLabelExpressions 1 []core.TopologySelectorLabelRequirement ? o Latomic
core.TopologySpreadConstraint|maxSkew 1 i|topologyKey 2 s|whenUnsatisfiable 3 s'core.UnsatisfiableConstraintAction|labelSelector 4 *meta.LabelSelector ? o|minDomains 5 *i ? o|nodeAffinityPolicy 6 *s'core.NodeInclusionPolicy ? o|nodeTaintsPolicy 7 *s'core.NodeInclusionPolicy ? o|matchLabelKeys 8 []s ? o Latomic
core.TypedLocalObjectReference A|apiGroup 1 *s o|kind 2 s|name 3 s
core.TypedObjectReference|apiGroup 1 *s o|kind 2 s|name 3 s|namespace 4 *s ? o
core.Volume|name 1 s|volumeSource 2 core.VolumeSource ~
core.VolumeDevice|name 1 s|devicePath 2 s
core.VolumeMount|name 1 s|readOnly 2 b ? o|recursiveReadOnly 7 *s'core.RecursiveReadOnlyMode ? o|mountPath 3 s|subPath 4 s ? o|mountPropagation 5 *s'core.MountPropagationMode ? o|subPathExpr 6 s ? o
core.VolumeMountStatus|name 1 s|mountPath 2 s|readOnly 3 b ? o|recursiveReadOnly 4 *s'core.RecursiveReadOnlyMode ? o
core.VolumeNodeAffinity|required 1 *core.NodeSelector ?
core.VolumeProjection|secret 1 *core.SecretProjection ? o|downwardAPI 2 *core.DownwardAPIProjection ? o|configMap 3 *core.ConfigMapProjection ? o|serviceAccountToken 4 *core.ServiceAccountTokenProjection ? o|clusterTrustBundle 5 *core.ClusterTrustBundleProjection ? o|podCertificate 6 *core.PodCertificateProjection ? o
core.VolumeResourceRequirements|limits 1 {}Q ? o|requests 2 {}Q ? o
core.VolumeSource|hostPath 1 *core.HostPathVolumeSource ? o|emptyDir 2 *core.EmptyDirVolumeSource ? o|gcePersistentDisk 3 *core.GCEPersistentDiskVolumeSource ? o|awsElasticBlockStore 4 *core.AWSElasticBlockStoreVolumeSource ? o|gitRepo 5 *core.GitRepoVolumeSource ? o|secret 6 *core.SecretVolumeSource ? o|nfs 7 *core.NFSVolumeSource ? o|iscsi 8 *core.ISCSIVolumeSource ? o|glusterfs 9 *core.GlusterfsVolumeSource ? o|persistentVolumeClaim 10 *core.PersistentVolumeClaimVolumeSource ? o|rbd 11 *core.RBDVolumeSource ? o|flexVolume 12 *core.FlexVolumeSource ? o|cinder 13 *core.CinderVolumeSource ? o|cephfs 14 *core.CephFSVolumeSource ? o|flocker 15 *core.FlockerVolumeSource ? o|downwardAPI 16 *core.DownwardAPIVolumeSource ? o|fc 17 *core.FCVolumeSource ? o|azureFile 18 *core.AzureFileVolumeSource ? o|configMap 19 *core.ConfigMapVolumeSource ? o|vsphereVolume 20 *core.VsphereVirtualDiskVolumeSource ? o|quobyte 21 *core.QuobyteVolumeSource ? o|azureDisk 22 *core.AzureDiskVolumeSource ? o|photonPersistentDisk 23 *core.PhotonPersistentDiskVolumeSource ?|projected 26 *core.ProjectedVolumeSource ?|portworxVolume 24 *core.PortworxVolumeSource ? o|scaleIO 25 *core.ScaleIOVolumeSource ? o|storageos 27 *core.StorageOSVolumeSource ? o|csi 28 *core.CSIVolumeSource ? o|ephemeral 29 *core.EphemeralVolumeSource ? o|image 30 *core.ImageVolumeSource ? o
core.VsphereVirtualDiskVolumeSource|volumePath 1 s|fsType 2 s ? o|storagePolicyName 3 s ? o|storagePolicyID 4 s ? o
core.WeightedPodAffinityTerm|weight 1 i|podAffinityTerm 2 core.PodAffinityTerm
core.WindowsSecurityContextOptions|gmsaCredentialSpecName 1 *s ? o|gmsaCredentialSpec 2 *s ? o|runAsUserName 3 *s ? o|hostProcess 4 *b ? o
core.WorkloadReference|name 1 s|podGroup 2 s|podGroupReplicaKey 3 s ? o
discovery.Endpoint|addresses 1 []s Lset|conditions 2 discovery.EndpointConditions ?|hostname 3 *s ? o|targetRef 4 *core.ObjectReference ? o|deprecatedTopology 5 {}s ? o|nodeName 6 *s ? o|zone 7 *s ? o|hints 8 *discovery.EndpointHints ? o
discovery.EndpointConditions|ready 1 *b ? o|serving 2 *b ? o|terminating 3 *b ? o
discovery.EndpointHints|forZones 1 []discovery.ForZone ? Latomic|forNodes 2 []discovery.ForNode ? Latomic
discovery.EndpointPort A|name 1 *s ?|protocol 2 *s'core.Protocol ?|port 3 *i ?|appProtocol 4 *s ? o
discovery.EndpointSlice|metadata 1 meta.ObjectMeta ? o|addressType 4 s'discovery.AddressType|endpoints 2 []discovery.Endpoint Latomic|ports 3 []discovery.EndpointPort o Latomic
discovery.ForNode|name 1 s
discovery.ForZone|name 1 s
events.Event|metadata 1 meta.ObjectMeta o|eventTime 2 U|series 3 *events.EventSeries ? o|reportingController 4 s ?|reportingInstance 5 s ?|action 6 s ?|reason 7 s ?|regarding 8 core.ObjectReference ? o|related 9 *core.ObjectReference ? o|note 10 s ? o|type 11 s ?|deprecatedSource 12 core.EventSource ? o|deprecatedFirstTimestamp 13 T ? o|deprecatedLastTimestamp 14 T ? o|deprecatedCount 15 i ? o
events.EventSeries|count 1 i|lastObservedTime 2 U
meta.Condition|type 1 s|status 2 s'meta.ConditionStatus|observedGeneration 3 l ? o|lastTransitionTime 4 T|reason 5 s|message 6 s
meta.CreateOptions|dryRun 1 []s ? o Latomic|fieldManager 3 s ? o|fieldValidation 4 s ? o
meta.DeleteOptions|gracePeriodSeconds 1 *l ? o|preconditions 2 *meta.Preconditions ? o|orphanDependents 3 *b ? o|propagationPolicy 4 *s'meta.DeletionPropagation ? o|dryRun 5 []s ? o Latomic|ignoreStoreReadErrorWithClusterBreakingPotential 6 *b ? o
meta.FieldSelectorRequirement|key 1 s|operator 2 s'meta.FieldSelectorOperator|values 3 []s ? o Latomic
meta.LabelSelector A|matchLabels 1 {}s ? o|matchExpressions 2 []meta.LabelSelectorRequirement ? o Latomic
meta.LabelSelectorRequirement|key 1 s|operator 2 s'meta.LabelSelectorOperator|values 3 []s ? o Latomic
meta.ListMeta|selfLink 1 s ? o|resourceVersion 2 s ? o|continue 3 s ?|remainingItemCount 4 *l ? o
meta.ManagedFieldsEntry|manager 1 s ?|operation 2 s'meta.ManagedFieldsOperationType ?|apiVersion 3 s ?|time 4 *T ? o|fieldsType 6 s ?|fieldsV1 7 *F ? o|subresource 8 s ?
meta.ObjectMeta|name 1 s ? o|generateName 2 s ? o|namespace 3 s ? o|selfLink 4 s ? o|uid 5 s ? o|resourceVersion 6 s ? o|generation 7 l ? o|creationTimestamp 8 T ? z o|deletionTimestamp 9 *T ? o|deletionGracePeriodSeconds 10 *l ? o|labels 11 {}s ? o|annotations 12 {}s ? o|ownerReferences 13 []meta.OwnerReference ? o Lmap,uid Muid|finalizers 14 []s ? o Lset M|managedFields 17 []meta.ManagedFieldsEntry ? o Latomic
meta.OwnerReference A|apiVersion 5 s|kind 1 s|name 3 s|uid 4 s|controller 6 *b ? o|blockOwnerDeletion 7 *b ? o
meta.PatchOptions|dryRun 1 []s ? o Latomic|force 2 *b ? o|fieldManager 3 s ? o|fieldValidation 4 s ? o
meta.Preconditions|uid 1 *s ? o|resourceVersion 2 *s ? o
meta.Status|metadata 1 meta.ListMeta ? o|status 2 s ? o|message 3 s ? o|reason 4 s'meta.StatusReason ? o|details 5 *meta.StatusDetails ? o|code 6 i ? o
meta.StatusCause|reason 1 s'meta.CauseType ? o|message 2 s ? o|field 3 s ? o
meta.StatusDetails|name 1 s ? o|group 2 s ? o|kind 3 s ? o|uid 6 s ? o|causes 4 []meta.StatusCause ? o Latomic|retryAfterSeconds 5 i ? o
meta.UpdateOptions|dryRun 1 []s ? o Latomic|fieldManager 2 s ? o|fieldValidation 3 s ? o
networking.HTTPIngressPath|path 1 s ? o|pathType 3 *s'networking.PathType|backend 2 networking.IngressBackend
networking.HTTPIngressRuleValue|paths 1 []networking.HTTPIngressPath Latomic
networking.IPBlock|cidr 1 s|except 2 []s ? o Latomic
networking.Ingress|metadata 1 meta.ObjectMeta ? o|spec 2 networking.IngressSpec ? o|status 3 networking.IngressStatus ? o
networking.IngressBackend|service 4 *networking.IngressServiceBackend ? o|resource 3 *core.TypedLocalObjectReference ? o
networking.IngressClass|metadata 1 meta.ObjectMeta ? o|spec 2 networking.IngressClassSpec ? o
networking.IngressClassParametersReference|apiGroup 1 *s ? o|kind 2 s|name 3 s|scope 4 *s o|namespace 5 *s ? o
networking.IngressClassSpec|controller 1 s ?|parameters 2 *networking.IngressClassParametersReference ? o
networking.IngressLoadBalancerIngress|ip 1 s ? o|hostname 2 s ? o|ports 4 []networking.IngressPortStatus ? o Latomic
networking.IngressLoadBalancerStatus|ingress 1 []networking.IngressLoadBalancerIngress ? o Latomic
networking.IngressPortStatus|port 1 i|protocol 2 s'core.Protocol|error 3 *s ? o
networking.IngressRule|host 1 s ? o|ingressRuleValue 2 networking.IngressRuleValue ~ o
networking.IngressRuleValue|http 1 *networking.HTTPIngressRuleValue ? o
networking.IngressServiceBackend|name 1 s|port 2 networking.ServiceBackendPort ?
networking.IngressSpec|ingressClassName 4 *s ? o|defaultBackend 1 *networking.IngressBackend ? o|tls 2 []networking.IngressTLS ? o Latomic|rules 3 []networking.IngressRule ? o Latomic
networking.IngressStatus|loadBalancer 1 networking.IngressLoadBalancerStatus ? o
networking.IngressTLS|hosts 1 []s ? o Latomic|secretName 2 s ? o
networking.NetworkPolicy|metadata 1 meta.ObjectMeta ? o|spec 2 networking.NetworkPolicySpec ? o
networking.NetworkPolicyEgressRule|ports 1 []networking.NetworkPolicyPort ? o Latomic|to 2 []networking.NetworkPolicyPeer ? o Latomic
networking.NetworkPolicyIngressRule|ports 1 []networking.NetworkPolicyPort ? o Latomic|from 2 []networking.NetworkPolicyPeer ? o Latomic
networking.NetworkPolicyPeer|podSelector 1 *meta.LabelSelector ? o|namespaceSelector 2 *meta.LabelSelector ? o|ipBlock 3 *networking.IPBlock ? o
networking.NetworkPolicyPort|protocol 1 *s'core.Protocol ? o|port 2 *I ? o|endPort 3 *i ? o
networking.NetworkPolicySpec|podSelector 1 meta.LabelSelector o|ingress 2 []networking.NetworkPolicyIngressRule ? o Latomic|egress 3 []networking.NetworkPolicyEgressRule ? o Latomic|policyTypes 4 []s'networking.PolicyType ? o Latomic
networking.ServiceBackendPort A|name 1 s ? o|number 2 i ? o
policy.Eviction|metadata 1 meta.ObjectMeta ? o|deleteOptions 2 *meta.DeleteOptions ? o
policy.PodDisruptionBudget|metadata 1 meta.ObjectMeta ? o|spec 2 policy.PodDisruptionBudgetSpec ? o|status 3 policy.PodDisruptionBudgetStatus ? o
policy.PodDisruptionBudgetSpec|minAvailable 1 *I ? o|selector 2 *meta.LabelSelector ? o|maxUnavailable 3 *I ? o|unhealthyPodEvictionPolicy 4 *s'policy.UnhealthyPodEvictionPolicyType ? o
policy.PodDisruptionBudgetStatus|observedGeneration 1 l ? o|disruptedPods 2 {}T ? o|disruptionsAllowed 3 i|currentHealthy 4 i|desiredHealthy 5 i|expectedPods 6 i|conditions 7 []meta.Condition ? o Lmap,type Mtype
rbac.AggregationRule|clusterRoleSelectors 1 []meta.LabelSelector ? o Latomic
rbac.ClusterRole|metadata 1 meta.ObjectMeta ? o|rules 2 []rbac.PolicyRule o Latomic|aggregationRule 3 *rbac.AggregationRule ? o
rbac.ClusterRoleBinding|metadata 1 meta.ObjectMeta ? o|subjects 2 []rbac.Subject ? o Latomic|roleRef 3 rbac.RoleRef
rbac.PolicyRule|verbs 1 []s Latomic|apiGroups 2 []s ? o Latomic|resources 3 []s ? o Latomic|resourceNames 4 []s ? o Latomic|nonResourceURLs 5 []s ? o Latomic
rbac.Role|metadata 1 meta.ObjectMeta ? o|rules 2 []rbac.PolicyRule o Latomic
rbac.RoleBinding|metadata 1 meta.ObjectMeta ? o|subjects 2 []rbac.Subject ? o Latomic|roleRef 3 rbac.RoleRef
rbac.RoleRef A|apiGroup 1 s|kind 2 s|name 3 s
rbac.Subject A|kind 1 s|apiGroup 2 s ? o|name 3 s|namespace 4 s ? o
storage.StorageClass|metadata 1 meta.ObjectMeta ? o|provisioner 2 s|parameters 3 {}s ? o|reclaimPolicy 4 *s'core.PersistentVolumeReclaimPolicy ? o|mountOptions 5 []s ? o Latomic|allowVolumeExpansion 6 *b ? o|volumeBindingMode 7 *s'storage.VolumeBindingMode ? o|allowedTopologies 8 []core.TopologySelectorTerm ? o Latomic
`
